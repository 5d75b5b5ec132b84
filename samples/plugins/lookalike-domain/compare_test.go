package main

import (
	"testing"
	"unicode/utf16"
)

func TestImitationsAreNoticedAndSaidWhy(t *testing.T) {
	for domain, least := range map[string]int{
		"examp1e.com":          98,
		"exarnple.com":         98,
		"xn--xample-9uf.com":   98, // е of the Cyrillic alphabet
		"example.co":           80,
		"ex-ample.com":         92,
		"exmaple.com":          88,
		"examplle.com":         88,
		"example-login.net":    75,
		"myexampleshop.net":    60,
		"example.com.evil.net": 65,
		"login.examp1e.com":    98,
		"axample.com":          85, // one bit
	} {
		if score, reasons := likeness(domain, "example.com"); score < least || len(reasons) == 0 {
			t.Errorf("%s: %d %v", domain, score, reasons)
		}
	}
}

func TestTheSameNameAndStrangersAreNone(t *testing.T) {
	for _, domain := range []string{"example.com", "www.example.com", "switchboard.org", "samples.com", "com", "exam.com"} {
		if score, reasons := likeness(domain, "example.com"); score != 0 {
			t.Errorf("%s: %d %v", domain, score, reasons)
		}
	}
}

func TestNamesInTextHaveOffsetsInUTF16(t *testing.T) {
	text := "Grüße 😀 von hxxp://examp1e[.]com/a und 10.0.0.1, Version 1.2.3 (bücher.example)."
	units := utf16.Encode([]rune(text))
	found := domainsIn(text)
	if len(found) != 2 {
		t.Fatalf("%v", found)
	}
	for _, one := range found {
		if string(utf16.Decode(units[one.start:one.end])) != one.text {
			t.Errorf("%v", one)
		}
	}
	if normalise(found[0].text) != "examp1e.com" {
		t.Errorf("%v", found)
	}
}

func TestPunycode(t *testing.T) {
	for coded, plain := range map[string]string{
		"xn--bcher-kva.example": "bücher.example",
		"xn--80ak6aa92e.com":    "аррӏе.com",
		"xn--!!!.com":           "xn--!!!.com",
		"xn--99999999.com":      "xn--99999999.com",
	} {
		if shown(coded) != plain {
			t.Errorf("%s: %s", coded, shown(coded))
		}
	}
}

func TestACaseThatMayNotBeReadEndsTheRunAndAGraphDoesNot(t *testing.T) {
	refuse := broker{
		call: func(method string, _ any, _ any) *refusal { return &refusal{Code: "CapabilityDenied"} },
		log:  func(string) {},
	}
	if _, refused := compare(request{Case: "case_1"}, refuse); refused == nil {
		t.Error("read without a capability")
	}
	out, refused := compare(request{Watch: []string{"example.com"}, Domains: []string{"examp1e.com"}}, refuse)
	if refused != nil || len(out.Matches) != 1 || len(out.Relations) != 1 || len(out.Entities) != 2 {
		t.Errorf("%v %v", out, refused)
	}
}
