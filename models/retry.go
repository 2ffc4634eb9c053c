package models

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// patience bounds how often and how long we wait for a server.
type patience struct {
	tries   int           // in a row without progress
	first   time.Duration // the first pause; each is twice the one before
	longest time.Duration // of the pauses that we choose
	asked   time.Duration // longest that a server may ask for
}

// defaultPatience gives up after about half a minute of a server that is not there. Hubs count requests over windows of
// five minutes, so a wait that they ask for may be that long.
func defaultPatience() patience {
	return patience{tries: 6, first: time.Second, longest: 30 * time.Second, asked: 10 * time.Minute}
}

// retry calls f until it succeeds or fails for good. f reports whether it got on: then the count of failures starts
// anew, so that a large file comes through over a line that breaks again and again.
func (c *client) retry(ctx context.Context, f func() (progressed bool, err error)) error {
	pause := c.patience.first
	for failures := 0; ; {
		progressed, err := f()
		if err == nil || !mayPass(err) || ctx.Err() != nil {
			return err
		}
		if progressed {
			failures, pause = 0, c.patience.first
		}
		if failures++; failures >= c.patience.tries {
			return fmt.Errorf("%w (tried %d times)", err, failures)
		}
		wait := pause
		pause = min(2*pause, c.patience.longest)
		var status *statusError
		if errors.As(err, &status) {
			if asked := retryAfter(status.header.Get("Retry-After"), time.Now()); asked > c.patience.asked {
				return fmt.Errorf("%w: it asks to wait %s", err, asked.Round(time.Second))
			} else if asked >= 0 {
				wait = asked
			}
		}
		c.progress.Note(fmt.Sprintf("%v: trying again in %s", err, wait.Round(time.Millisecond)))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// mayPass reports whether a failure may be gone the next time.
func mayPass(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.temporary()
	}
	return errors.Is(err, ErrNetwork) && !errors.Is(err, errRefused)
}

// sleep returns early, with an error, when the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header's two forms, seconds or a date; negative when there is none or it makes no sense.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return -1
}
