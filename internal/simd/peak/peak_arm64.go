//go:build !purego

package peak

// loops are by level, then by precision.
var loops = map[string]map[string]loop{
	"neon": {"float32": {20, 4, fmaNEON}},
}

func fmaNEON(rounds int)
