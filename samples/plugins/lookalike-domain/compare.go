// Lookalike-domain says which domain names of a case, or of a list, imitate one that you watch over.
package main

import (
	"fmt"
	"sort"
)

type request struct {
	Watch   []string `json:"watch"`
	Domains []string `json:"domains"`
	Case    string   `json:"case"`
}

type citation struct {
	Source string `json:"source"`
	Case   string `json:"case"`
	Note   string `json:"note"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Text   string `json:"text"`
}

type match struct {
	Domain  string   `json:"domain"`
	Watched string   `json:"watched"`
	Score   int      `json:"score"`
	Reasons []string `json:"reasons"`
	// Punycode written out, when the name has any.
	Shown string `json:"shown"`
	// Id in the graph; null when it is not there or was not looked up.
	InGraph   *string    `json:"inGraph"`
	Citations []citation `json:"citations"`
}

type entity struct {
	Key        string         `json:"key"`
	Type       string         `json:"type"`
	Name       string         `json:"name"`
	Properties map[string]any `json:"properties"`
	Citations  []citation     `json:"citations"`
}

type relation struct {
	From string `json:"from"`
	To   string `json:"to"`
	Type string `json:"type"`
}

type result struct {
	OK        bool       `json:"ok"`
	Complete  bool       `json:"complete"`
	Compared  int        `json:"compared"`
	Matches   []match    `json:"matches"`
	Entities  []entity   `json:"entities"`
	Relations []relation `json:"relations"`
}

type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// broker is the host, or a test's stand-in.
type broker struct {
	call func(method string, args any, answer any) *refusal
	log  func(line string)
}

const (
	mostDomains = 2000
	mostMatches = 200
	mostLookups = 100
)

// compare holds every domain against every watched one. A refusal to read the case ends the run: without it the answer
// would be a wrong one. A refusal to search the graph does not.
func compare(asked request, host broker) (result, *refusal) {
	cited := map[string][]citation{}
	order := []string{}
	add := func(domain string) string {
		name := normalise(domain)
		if name == "" {
			return ""
		}
		if _, known := cited[name]; !known {
			cited[name] = []citation{}
			order = append(order, name)
		}
		return name
	}
	for _, domain := range asked.Domains {
		add(domain)
	}
	if asked.Case != "" {
		var read struct {
			Notes []struct{ ID, Text string }
		}
		if refused := host.call("cases.read", map[string]string{"id": asked.Case}, &read); refused != nil {
			return result{}, refused
		}
		for _, note := range read.Notes {
			for _, found := range domainsIn(note.Text) {
				if name := add(found.text); name != "" {
					where := citation{"case-note", asked.Case, note.ID, found.start, found.end, found.text}
					cited[name] = append(cited[name], where)
				}
			}
		}
	}
	out := result{OK: true, Complete: len(order) <= mostDomains, Matches: []match{}, Entities: []entity{}, Relations: []relation{}}
	if len(order) > mostDomains {
		order = order[:mostDomains]
	}
	out.Compared = len(order)
	for _, domain := range order {
		for _, watched := range asked.Watch {
			score, reasons := likeness(domain, normalise(watched))
			if score == 0 {
				continue
			}
			out.Matches = append(out.Matches, match{
				Domain: domain, Watched: normalise(watched), Score: score, Reasons: reasons,
				Shown: shown(domain), Citations: cited[domain],
			})
		}
	}
	sort.SliceStable(out.Matches, func(a, b int) bool { return out.Matches[a].Score > out.Matches[b].Score })
	if len(out.Matches) > mostMatches {
		out.Matches, out.Complete = out.Matches[:mostMatches], false
	}
	lookUp(out.Matches, host)
	propose(&out)
	host.log(fmt.Sprintf("%d domains compared with %d, %d imitate one", out.Compared, len(asked.Watch), len(out.Matches)))
	return out, nil
}

func lookUp(matches []match, host broker) {
	known := map[string]*string{}
	for at := range matches {
		domain := matches[at].Domain
		if id, asked := known[domain]; asked {
			matches[at].InGraph = id
			continue
		}
		if len(known) == mostLookups {
			return
		}
		var hits []struct{ ID, Name string }
		if refused := host.call("graph.search", map[string]any{"q": domain, "limit": 5}, &hits); refused != nil {
			host.log("went on without the graph: " + refused.Code)
			return
		}
		known[domain] = nil
		for _, hit := range hits {
			if normalise(hit.Name) == domain {
				known[domain] = &hit.ID
				break
			}
		}
		matches[at].InGraph = known[domain]
	}
}

// propose turns matches into entities and relations, each once.
func propose(out *result) {
	seen := map[string]bool{}
	add := func(name string, citations []citation) {
		if seen[name] {
			return
		}
		seen[name] = true
		out.Entities = append(out.Entities, entity{"domain:" + name, "domain", name, map[string]any{}, citations})
	}
	for _, one := range out.Matches {
		add(one.Domain, one.Citations)
		add(one.Watched, []citation{})
		out.Relations = append(out.Relations, relation{"domain:" + one.Domain, "domain:" + one.Watched, "imitates"})
	}
}
