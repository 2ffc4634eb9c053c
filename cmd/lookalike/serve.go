package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"lookalike/api"
	"lookalike/engine"
	"lookalike/ui"
)

func newServe(a *app) *cobra.Command {
	var listen string
	var hosts []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the gallery and the REST API",
		Long: `Serves the web gallery at / and the REST API at /v1 (described at /openapi.yaml).
Other lookalike commands on the same data folder talk to this server while it
runs. An address other than loopback is refused without an API key: set
LOOKALIKE_API_KEY, which clients send as a Bearer token or as the password of
HTTP Basic authentication. Ctrl-C finishes the requests in hand. A change to
another model that was cut off ("lookalike model use") goes on.`,
		Example: `  lookalike serve
  LOOKALIKE_API_KEY=secret lookalike serve --listen 0.0.0.0:8080`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(a.recall >= 0 && a.recall <= 1) {
				return usage(fmt.Errorf("--recall %v is not a share from 0 to 1", a.recall))
			}
			ln, err := listenOn(listen, os.Getenv("LOOKALIKE_API_KEY"))
			if err != nil {
				return err
			}
			defer ln.Close()
			a.modelHint()
			eng, closeAll, err := a.openEngine(cmd.Context(), true)
			if err != nil {
				return err
			}
			return errors.Join(a.serve(cmd.Context(), ln, eng, hosts), closeAll())
		},
	}
	cmd.Flags().Float64Var(&a.recall, "recall", 0, "find this `share` of the true neighbours in every search that names none, such as 0.99; measured on the library itself")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`address` to listen on")
	cmd.Flags().StringArrayVar(&hosts, "host", nil, "further Host `name` to answer to on loopback, such as a reverse proxy's (repeatable)")
	return cmd
}

// listenOn refuses what would show the library to others without a key.
func listenOn(addr, apiKey string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usage(fmt.Errorf("--listen %q: %w; write HOST:PORT, such as 127.0.0.1:8080", addr, err))
	}
	ip := net.ParseIP(host)
	if loopback := host == "localhost" || ip != nil && ip.IsLoopback(); !loopback && apiKey == "" {
		return nil, usage(fmt.Errorf("--listen %s would be reachable from other machines: set LOOKALIKE_API_KEY, or listen on 127.0.0.1", addr))
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, unusable(fmt.Errorf("%w; --listen takes another address", err))
	}
	return ln, nil
}

// serve answers on ln until ctx is done, then finishes what it accepted.
func (a *app) serve(ctx context.Context, ln net.Listener, eng *engine.Engine, hosts []string) error {
	token, url := rand.Text(), "http://"+ln.Addr().String()
	if err := eng.Announce(url, token); err != nil {
		return err
	}
	if m := eng.Model(); m.Starter {
		a.starterNote(m)
	}
	if err := eng.Unavailable(); err != nil {
		fmt.Fprintln(a.stderr, "lookalike:", err)
	}
	fmt.Fprintf(a.stderr, "gallery and REST API at %s (Ctrl-C stops)\n", url)
	return api.Serve(ctx, ln, api.Config{
		Engine: eng, UI: ui.FS(), APIKey: os.Getenv("LOOKALIKE_API_KEY"), LocalToken: token, Hosts: hosts,
		Version: version, Log: a.log(),
	})
}
