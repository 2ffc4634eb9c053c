package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/testutil"
)

// olderStarter stands for the starter of an older version of the program: a starter with another fingerprint.
func olderStarter(t *testing.T) *encoder.Encoder {
	t.Helper()
	enc, err := encoder.Starter(encoder.WithSize(64, 64))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = enc.Close() })
	return enc
}

// byOlderStarter fills a library with pictures by a starter that this program does not have.
func byOlderStarter(t *testing.T, data string, spec engine.Spec, paths []string) {
	t.Helper()
	eng, err := engine.Open(context.Background(), engine.Config{Dir: data, Encoder: olderStarter(t), Spec: spec, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if _, err := eng.Add(t.Context(), engine.Source{Path: path}); err != nil {
			t.Fatal(err)
		}
	}
	if err := eng.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestModelGone: a library whose model is gone can be listed, searched by its own pictures, checked and served; what needs the
// model says what to do, in one line, and that works.
func TestModelGone(t *testing.T) {
	testutil.NotUnderRace(t)
	_, made := gallery(t, 4)
	paths := []string{made[0].Path, made[1].Path, made[2].Path}
	fresh, picture := made[3].Path, made[0].Path
	for name, fill := range map[string]func(t *testing.T, s *hubSite){
		"older starter":              func(t *testing.T, s *hubSite) { byOlderStarter(t, s.data, engine.Spec{Name: "starter"}, paths) },
		"older starter, unspecified": func(t *testing.T, s *hubSite) { byOlderStarter(t, s.data, engine.Spec{}, paths) },
		"removed": func(t *testing.T, s *hubSite) {
			s.run(t, "model", "import", tinyDir).want(t, 0)
			s.run(t, "model", "use", "tiny").want(t, 0)
			s.run(t, append([]string{"add"}, paths...)...).want(t, 0, "3 added")
			if err := os.RemoveAll(filepath.Join(s.data, "models", "tiny")); err != nil { // by hand: .in-use still names it
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHubSite(t)
			fill(t, s)
			const line = `"lookalike model use NAME|starter"`
			for _, args := range [][]string{{"list"}, {"similar", "1"}, {"dedup"}, {"check"}, {"label", "1", "cat"}, {"model", "status"}} {
				if o := s.run(t, args...).want(t, 0, line); strings.Count(o.stderr, line) != 1 {
					t.Errorf("%v says on standard error: %s", args, o.stderr)
				}
			}
			s.run(t, "stats").want(t, 0, "model is gone")
			for _, args := range [][]string{{"search", fresh}, {"add", fresh}, {"search", picture}} {
				if o := s.run(t, args...).want(t, exitUnusable, line); strings.Count(o.stderr, line) != 1 {
					t.Errorf("%v says on standard error: %s", args, o.stderr)
				}
			}
			s.run(t, "search", fresh, "--model", "starter").want(t, exitUnusable, "another model")
			s.run(t, "classify", fresh).want(t, 1, line)
			if name == "removed" {
				goneServed(t, s, fresh)
			}
			s.run(t, "model", "use", "starter").want(t, 0, "starter is in use: 192 dimensions")
			s.run(t, "search", picture).want(t, 0, "1.0000", filepath.Base(picture))
			s.run(t, "add", fresh).want(t, 0, "1 added")
			s.run(t, "check").want(t, 0, "0 problems")
			if o := s.run(t, "list").want(t, 0); o.stderr != "" && strings.Contains(o.stderr, line) {
				t.Errorf("afterwards: %s", o.stderr)
			}
		})
	}
}

// goneServed looks at the same library through a server.
func goneServed(t *testing.T, s *hubSite, fresh string) {
	t.Helper()
	_, server := startServer(t, s.data)
	s.run(t, "list").want(t, 0)
	s.run(t, "search", fresh).want(t, exitUnusable, "model use NAME|starter")
	s.run(t, "add", fresh).want(t, exitUnusable, "model use NAME|starter")
	if st := into[api.Stats](t, s.run(t, "stats", "--json").want(t, 0)); st.Model.Unavailable == "" || st.Images != 3 || st.Precision != "" {
		t.Errorf("%+v", st)
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
}
