package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lookalike/api"
)

// filterFlags choose the images that search, similar and list are among.
type filterFlags struct {
	folder string
	filter api.Filter
}

func (f *filterFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.folder, "in", "", "only pictures in this `folder` and those below it")
	flags.Func("after", "only pictures whose file was last changed on or after this `date`, such as 2024-05-31", instant(&f.filter.After))
	flags.Func("before", "only pictures whose file was last changed before this `date`", instant(&f.filter.Before))
	flags.StringVar(&f.filter.Label, "label", "", "only pictures with this `label`")
	flags.StringSliceVar(&f.filter.Formats, "format", nil, "only pictures of these `formats`: jpeg, png, gif, webp, tiff, bmp")
	flags.IntVar(&f.filter.MinWidth, "min-width", 0, "only pictures so many `pixels` wide or more")
	flags.IntVar(&f.filter.MaxWidth, "max-width", 0, "only pictures so many `pixels` wide or less")
	flags.IntVar(&f.filter.MinHeight, "min-height", 0, "only pictures so many `pixels` high or more")
	flags.IntVar(&f.filter.MaxHeight, "max-height", 0, "only pictures so many `pixels` high or less")
	flags.Func("min-size", "only files of this `size` or more, such as 500KB or 2MiB", byteSize(&f.filter.MinBytes))
	flags.Func("max-size", "only files of this `size` or less", byteSize(&f.filter.MaxBytes))
}

// among is what the flags ask for.
func (f *filterFlags) among() (api.Option, error) {
	filter := f.filter
	if f.folder != "" {
		folder, err := filepath.Abs(f.folder)
		if err != nil {
			return nil, err
		}
		filter.Folder = folder
	}
	for i, name := range filter.Formats {
		filter.Formats[i] = formatName(name)
	}
	return api.Among(filter), nil
}

// formatName is what the library calls a format.
func formatName(name string) string {
	switch name = strings.ToLower(name); name {
	case "jpg":
		return "jpeg"
	case "tif":
		return "tiff"
	}
	return name
}

// instant reads a day, which begins at midnight here, or a time.
func instant(to *time.Time) func(string) error {
	return func(text string) error {
		day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
		if err != nil {
			day, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return fmt.Errorf("%q is neither a day such as 2024-05-31 nor a time such as 2024-05-31T18:00:00Z", text)
		}
		*to = day
		return nil
	}
}

// byteUnits are what a size may end with: as people write them, and as size prints them.
var byteUnits = map[string]float64{
	"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
}

// byteSize reads a number of bytes.
func byteSize(to *int64) func(string) error {
	return func(text string) error {
		number := strings.TrimRight(strings.ToLower(text), "bkmgi ")
		unit, known := byteUnits[strings.TrimSpace(strings.ToLower(text)[len(number):])]
		value, err := strconv.ParseFloat(number, 64)
		if err != nil || !known || !(value*unit >= 1 && value*unit <= 1<<53) {
			return fmt.Errorf("%q is no size such as 500KB or 2MiB", text)
		}
		*to = int64(math.Round(value * unit))
		return nil
	}
}
