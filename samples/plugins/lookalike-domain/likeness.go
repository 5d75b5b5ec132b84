package main

import "strings"

// likeness says how much a domain looks like a watched one, 0 to 100, and why. The same name, or a name below it, is 0.
func likeness(domain, watched string) (int, []string) {
	if watched == "" || domain == watched || strings.HasSuffix(domain, "."+watched) {
		return 0, nil
	}
	own, ownEnding := split(domain)
	brand, brandEnding := split(watched)
	if brand == "" || own == "" {
		return 0, nil
	}
	decoded := shown(own)
	score, reasons := 0, []string{}
	note := func(points int, reason string) {
		score = max(score, points)
		reasons = append(reasons, reason)
	}
	switch {
	case own == brand:
		note(80, "same name under another ending ("+ownEnding+" instead of "+brandEnding+")")
	case skeleton(decoded) == skeleton(brand):
		note(98, "letters that look the same")
	case strings.ReplaceAll(own, "-", "") == strings.ReplaceAll(brand, "-", ""):
		note(92, "dashes added or left out")
	case isBitFlip(own, brand):
		note(85, "one bit apart, as a memory error would make it")
	}
	if score == 0 && len(brand) > 4 {
		switch distance(decoded, brand) {
		case 1:
			note(88, "one letter added, left out, changed or swapped")
		case 2:
			if len(brand) > 7 {
				note(70, "two letters changed")
			}
		}
	}
	if score == 0 && len(brand) > 3 {
		if words := strings.Split(skeleton(decoded), "-"); len(words) > 1 && contains(words, skeleton(brand)) {
			note(75, "the name with other words around it")
		} else if len(brand) > 5 && strings.Contains(skeleton(decoded), skeleton(brand)) {
			note(60, "the name inside a longer one")
		}
	}
	if score == 0 && strings.Contains("."+strings.TrimSuffix(domain, ownEnding), "."+brand+".") {
		note(65, "the name as a part in front of another domain")
	}
	if score > 0 && decoded != own {
		reasons = append(reasons, "international letters: "+decoded)
	}
	return score, reasons
}

// Endings under which names are registered one level deeper. The whole list has thousands; these are the most used.
var deepEndings = " co.uk org.uk ac.uk gov.uk com.au net.au org.au co.nz co.jp ne.jp or.jp com.br com.cn com.tr com.mx co.in co.kr co.za com.sg com.hk com.tw co.id com.pl com.ua com.ar com.my co.il "

// split gives the registered label of a domain and the ending behind it.
func split(domain string) (label, ending string) {
	parts := strings.Split(domain, ".")
	deep := 1
	if len(parts) > 2 && strings.Contains(deepEndings, " "+strings.Join(parts[len(parts)-2:], ".")+" ") {
		deep = 2
	}
	if len(parts) <= deep {
		return "", domain
	}
	return parts[len(parts)-deep-1], strings.Join(parts[len(parts)-deep:], ".")
}

// distance counts letters added, left out, changed, or swapped with a neighbour (optimal string alignment).
func distance(one, other string) int {
	a, b := []rune(one), []rune(other)
	if gap := len(a) - len(b); gap > 2 || gap < -2 {
		return 3
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func isBitFlip(one, other string) bool {
	if len(one) != len(other) {
		return false
	}
	flips := 0
	for i := range len(one) {
		difference := one[i] ^ other[i]
		if difference != 0 && difference&(difference-1) != 0 {
			return false
		}
		if difference != 0 {
			flips++
		}
	}
	return flips == 1
}

func contains(words []string, wanted string) bool {
	for _, word := range words {
		if word == wanted {
			return true
		}
	}
	return false
}
