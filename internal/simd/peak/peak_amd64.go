//go:build !purego

package peak

// loops are by level, then by precision.
var loops = map[string]map[string]loop{
	"avx2":       {"float32": {12, 8, fmaAVX2}, "int8": {12, 32, maddAVX2}},
	"avxvnni":    {"float32": {12, 8, fmaAVX2}, "int8": {12, 32, vnniAVX2}},
	"avx512":     {"float32": {15, 16, fmaAVX512}},
	"avx512vnni": {"float32": {15, 16, fmaAVX512}, "int8": {15, 64, vnniAVX512}},
	"avx512fp16": {"float32": {15, 16, fmaAVX512}, "int8": {15, 64, vnniAVX512}, "float16": {15, 32, fp16AVX512}},
	"avx512bf16": {"float32": {15, 16, fmaAVX512}, "int8": {15, 64, vnniAVX512}, "bfloat16": {15, 32, bf16AVX512}},
}

func fmaAVX2(rounds int)

func maddAVX2(rounds int)

func vnniAVX2(rounds int)

func fmaAVX512(rounds int)

func vnniAVX512(rounds int)

func bf16AVX512(rounds int)

func fp16AVX512(rounds int)
