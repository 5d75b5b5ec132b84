/** Texts to try with. Names and domains are reserved ones; the public addresses are of well-known DNS resolvers, who did nothing. */
export const examples = [
  {
    label: 'Fill in one line',
    text: 'Beacon to 9[.]9[.]9[.]9:443, see hxxps://portal[.]example/login',
  },
  {
    label: 'Fill in an incident note',
    text: `Exercise, invented. Reported by soc[@]northwind-bank[.]example on Monday at 07:41.

The mail came from relay.mailer.invalid (149.112.112.112) and carried "Invoice 2026-0318.pdf.exe",
SHA-256 d690722939f93327b7c2384e4164c0754ec062c303fc8255ed924156af7526c4.
It asks to pay to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 and tries CVE-2017-11882 in the preview.

The loader resolved cdn[.]contoso-freight-billing[.]test through 9.9.9[.]9, then spoke to 8[.]8[.]8[.]8:853
and, over IPv6, to [2606:4700:4700::1111]:443. Second stage: hxxp://1.0.0[.]1/gate.php
The mail server is 10.20.0.25; our own exit was 203.0.113.77. The viewer is version 6.1.7.3.
`,
  },
] as const
