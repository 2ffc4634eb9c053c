package pictures

import "testing"

// BenchmarkGallery is what the demo waits for: 100 originals and their copies.
func BenchmarkGallery(b *testing.B) {
	for b.Loop() {
		if _, err := WriteGallery(b.TempDir(), 100, 1); err != nil {
			b.Fatal(err)
		}
	}
}
