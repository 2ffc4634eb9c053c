//go:build !linux

package models

import "errors"

func cloneFile(_, _ string) error { return errors.ErrUnsupported }
