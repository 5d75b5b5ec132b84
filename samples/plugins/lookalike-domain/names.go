package main

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Letters that are taken for others, and groups that are taken for one.
var lookalikes = map[rune]string{
	'0': "o", '1': "l", '3': "e", '4': "a", '5': "s", '7': "t", '8': "b", 'i': "l", '|': "l",
	'а': "a", 'ɑ': "a", 'α': "a", 'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ā': "a", 'ạ': "a",
	'ь': "b", 'в': "b", 'с': "c", 'ϲ': "c", 'ç': "c", 'ć': "c", 'č': "c", 'ԁ': "d", 'đ': "d",
	'е': "e", 'є': "e", 'ё': "e", 'è': "e", 'é': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ė': "e", 'ę': "e", 'ẹ': "e",
	'ց': "g", 'ɡ': "g", 'ğ': "g", 'һ': "h", 'հ': "h", 'і': "l", 'ì': "l", 'í': "l", 'î': "l", 'ï': "l", 'ı': "l", 'ι': "l",
	'ј': "j", 'к': "k", 'κ': "k", 'ӏ': "l", 'ł': "l", 'ĺ': "l", 'м': "m", 'ṃ': "m", 'ո': "n", 'ñ': "n", 'ń': "n", 'η': "n",
	'о': "o", 'ο': "o", 'օ': "o", 'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o", 'ọ': "o",
	'р': "p", 'ρ': "p", 'ԛ': "q", 'г': "r", 'ř': "r", 'ѕ': "s", 'ş': "s", 'š': "s", 'ś': "s", 'ß': "ss", 'т': "t", 'τ': "t", 'ţ': "t",
	'υ': "u", 'ս': "u", 'ù': "u", 'ú': "u", 'û': "u", 'ü': "u", 'ū': "u", 'ν': "v", 'ѵ': "v", 'ԝ': "w", 'ω': "w", 'ŵ': "w",
	'х': "x", 'χ': "x", 'у': "y", 'ү': "y", 'ý': "y", 'ÿ': "y", 'ž': "z", 'ż': "z", 'ź': "z", 'æ': "ae", 'œ': "oe",
}
var groups = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "nn", "m")

// skeleton writes a name as it looks: two names with the same skeleton are hard to tell apart.
func skeleton(name string) string {
	out := strings.Builder{}
	for _, letter := range name {
		if plain, known := lookalikes[letter]; known {
			out.WriteString(plain)
		} else {
			out.WriteRune(letter)
		}
	}
	return groups.Replace(out.String())
}

// normalise gives a domain in lower case, without defanging, dots at its end or a scheme; nothing for what is none.
func normalise(domain string) string {
	name := strings.ToLower(strings.TrimSpace(domain))
	if _, rest, found := strings.Cut(name, "://"); found {
		name = rest
	}
	name, _, _ = strings.Cut(name, "/")
	name = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".").Replace(name)
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 || !strings.Contains(name, ".") || strings.Contains(name, "..") || strings.HasPrefix(name, ".") {
		return ""
	}
	for _, letter := range name {
		if letter != '.' && letter != '-' && letter != '_' && !unicode.IsLetter(letter) && !unicode.IsDigit(letter) && !unicode.IsMark(letter) {
			return ""
		}
	}
	return name
}

type foundText struct {
	text string
	// Offsets in UTF-16 code units, as citations have them; end is exclusive.
	start, end int
}

var inText = regexp.MustCompile(`(?i)[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]*(?:(?:\.|\[\.\]|\(\.\)|\[dot\])[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]*)+`)

// domainsIn finds names in prose, defanged or not. A last part with digits is a version or an address.
func domainsIn(text string) []foundText {
	found := []foundText{}
	units, at := 0, 0
	for _, span := range inText.FindAllStringIndex(text, -1) {
		units += lengthInUTF16(text[at:span[0]])
		name := text[span[0]:span[1]]
		end := units + lengthInUTF16(name)
		parts := strings.Split(normalise(name), ".")
		if last := parts[len(parts)-1]; len(last) > 1 && !strings.ContainsAny(last, "0123456789_") {
			found = append(found, foundText{name, units, end})
		}
		units, at = end, span[1]
	}
	return found
}

func lengthInUTF16(text string) int {
	length := 0
	for _, letter := range text {
		length += max(utf16.RuneLen(letter), 1)
	}
	return length
}

// shown writes punycode out; what is not punycode stays as it is.
func shown(name string) string {
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if coded, is := strings.CutPrefix(label, "xn--"); is {
			if plain, ok := decodePunycode(coded); ok {
				labels[i] = plain
			}
		}
	}
	return strings.Join(labels, ".")
}

// decodePunycode follows RFC 3492, section 6.2.
func decodePunycode(coded string) (string, bool) {
	const base, tMin, tMax, skew, damp, first = 36, 1, 26, 38, 700, 128
	out := []rune{}
	rest := coded
	if dash := strings.LastIndexByte(coded, '-'); dash >= 0 {
		out, rest = []rune(coded[:dash]), coded[dash+1:]
	}
	n, i, bias := rune(first), 0, 72
	for len(rest) > 0 {
		before, weight := i, 1
		for k := base; ; k += base {
			if len(rest) == 0 {
				return "", false
			}
			digit := strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789", rest[0])
			rest = rest[1:]
			if digit < 0 || weight > 1<<26 {
				return "", false
			}
			i += digit * weight
			t := min(max(k-bias, tMin), tMax)
			if digit < t {
				break
			}
			weight *= base - t
		}
		delta := i - before
		if before == 0 {
			delta /= damp
		} else {
			delta /= 2
		}
		delta += delta / (len(out) + 1)
		k := 0
		for ; delta > (base-tMin)*tMax/2; k += base {
			delta /= base - tMin
		}
		bias = k + (base-tMin+1)*delta/(delta+skew)
		n += rune(i / (len(out) + 1))
		i %= len(out) + 1
		if n > unicode.MaxRune {
			return "", false
		}
		out = append(out[:i], append([]rune{n}, out[i:]...)...)
		i++
	}
	return string(out), true
}
