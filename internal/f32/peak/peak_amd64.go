//go:build !purego

package peak

var loops = map[string]loop{
	"avx2":   {lanes: 8, run: fmaAVX2},
	"avx512": {lanes: 16, run: fmaAVX512},
}

func fmaAVX2(rounds int)

func fmaAVX512(rounds int)
