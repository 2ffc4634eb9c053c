package main

import (
	"os"
	"strings"
	"testing"
)

func TestPrintReport(t *testing.T) {
	var out strings.Builder
	if err := printReport(&out, newReport("hard", 1000, two())); err != nil {
		t.Fatal(err)
	}
	want := `
hard, 2,000 x 768, M 16, efConstruction 200, 1,000 queries

                                          LOOKALIKE           PEER  RATIO
  build, CPU s                                  1.0            2.0   2.00
  us a vector                                   500           1000   2.00
  resident MB                                    20             10   0.50
  ef 10: recall@10, us a query        0.9500     10  0.9000     20   2.00
  ef 20: recall@10, us a query        0.9900    100  0.9500     40   0.40
  queries/s at recall@10 of 0.95             100000          25000   4.00
  queries/s at recall@10 of 0.99              10000              -      -
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
	if err := printReport(closed(t), newReport("hard", 1000, two())); err == nil {
		t.Error("a table that could not be written is no error")
	}
}

func TestPrintGrowth(t *testing.T) {
	ours := two()[:1]
	ours[0].Searches = []search{{32, 0.94, 10}, {64, 0.96, 40}}
	var out strings.Builder
	if err := printGrowth(&out, []report{newReport("hard", 1000, ours)}); err != nil {
		t.Fatal(err)
	}
	want := `
hard x 768, M 16, efConstruction 200

     N  BUILD, CPU S  US A VECTOR  MB  EF 64: RECALL@10  US A QUERY  US AT 0.95  US AT 0.99
  2000           1.0          500  20            0.9600          40          20           -
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

// closed is a file that cannot be written to.
func closed(t *testing.T) *os.File {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return f
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 50000: "50,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
