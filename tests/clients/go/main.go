// Checks a running FlightStream with stock Go clients: the ADBC driver, the same behind database/sql, and Arrow's own
// Flight SQL client.
//
//	checks URL [--writable URL] [NAME…]
//	checks --list [NAME…]
//
// URL is what `flightstream serve data` printed, the second one what `flightstream serve --writable DIR data` did. A
// NAME is a check, or the beginning of several up to an underscore (`f61`). Prints `ok NAME` or `FAILED NAME: reason`
// for each, and exits with 1 if one failed.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

const (
	hang  = 120 * time.Second
	total = 15 * time.Minute
)

func main() {
	words := os.Args[1:]
	list := slices.Contains(words, "--list")
	words = slices.DeleteFunc(words, func(word string) bool { return word == "--list" })
	servers := target{writable: option(&words, "--writable")}
	if !list {
		if len(words) == 0 {
			fmt.Fprintln(os.Stderr, "usage: checks URL [--writable URL] [NAME…]")
			os.Exit(2)
		}
		servers.reading, words = words[0], words[1:]
	}
	chosen := choose(words, list || servers.writable != "")
	if len(chosen) == 0 {
		fmt.Fprintln(os.Stderr, "no such check:", words)
		os.Exit(2)
	}
	if list {
		for _, check := range chosen {
			fmt.Println(check.name)
		}
		return
	}
	time.AfterFunc(total, func() { panic(fmt.Sprint("still running after ", total)) })
	os.Exit(run(chosen, servers))
}

// option takes an option and its value out of the words.
func option(words *[]string, name string) string {
	at := slices.Index(*words, name)
	if at < 0 || at+1 == len(*words) {
		return ""
	}
	value := (*words)[at+1]
	*words = slices.Delete(*words, at, at+2)
	return value
}

func choose(names []string, writes bool) []check {
	var chosen []check
	for _, check := range checks {
		wanted := func(name string) bool { return check.name == name || strings.HasPrefix(check.name, name+"_") }
		if (writes || !check.writes) && (len(names) == 0 || slices.ContainsFunc(names, wanted)) {
			chosen = append(chosen, check)
		}
	}
	slices.SortFunc(chosen, func(a, b check) int { return strings.Compare(a.name, b.name) })
	return chosen
}

func run(chosen []check, servers target) int {
	failed := 0
	for _, check := range chosen {
		if reason := outcome(check, servers); reason != "" {
			failed++
			fmt.Printf("FAILED %s: %s\n", check.name, strings.Join(strings.Fields(reason), " "))
		} else {
			fmt.Println("ok", check.name)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(chosen)-failed, failed)
	return min(failed, 1)
}

// outcome runs one check and returns why it failed, or nothing; one that hangs ends the program and shows where.
func outcome(check check, servers target) (reason string) {
	watch := time.AfterFunc(hang, func() {
		fmt.Printf("FAILED %s: still running after %s\n", check.name, hang)
		debug.SetTraceback("all")
		panic("a check hangs")
	})
	defer watch.Stop()
	defer func() {
		if failure := recover(); failure != nil {
			reason = fmt.Sprint(failure, " ", where(string(debug.Stack())))
		}
	}()
	check.run(servers)
	return ""
}

// where returns the lines of this program in a stack, without the helpers at its top.
func where(stack string) string {
	var lines []string
	for line := range strings.Lines(stack) {
		file, _, _ := strings.Cut(line[strings.LastIndex(line, "/")+1:], " ")
		own := strings.Contains(line, "/tests/clients/go/") || strings.HasPrefix(line, "\t./")
		if own && !strings.HasPrefix(file, "main.go") && !strings.HasPrefix(file, "target.go") {
			lines = append(lines, "at "+file)
		}
	}
	return strings.Join(lines, " ")
}
