/**
 * The suspicious mail of the demo case: invented, and labelled so in its text. Its names and domains are reserved
 * ones (RFC 2606, RFC 6761); the private and documentation addresses are of RFC 1918 and RFC 5737; the AS number is of RFC 5398;
 * the Bitcoin address is the test vector of BIP 173; the digests are those of the words "switchboard exercise attachment". The public addresses
 * belong to well-known public resolvers, chosen because the tables know them and nobody is accused by a resolver's address.
 */
export const demoMail = {
  title: 'Suspicious mail: overdue invoice (invented exercise)',
  text: `EXERCISE - this mail is invented for training. No sender, company or event in it is real. The public addresses in it
belong to well-known DNS resolvers, which have done nothing; they stand in for the machines a real mail would name.

Return-Path: <bounce@mailer.invalid>
Received: from relay.mailer.invalid (relay.mailer.invalid [149.112.112.112])
        by mx1.northwind-bank.example (10.20.0.25) with ESMTPS id 7Q2k for <m.keller@northwind-bank.example>;
        Mon, 02 Mar 2026 07:41:09 +0100
Received: from [192.168.178.23] (unknown [2620:fe::fe]) by relay.mailer.invalid (MailServ/4.2.0.1)
From: "Accounts, Contoso-Freight" <accounts@contoso-freight.example>
Reply-To: payments@contoso-freight-billing.test
To: Mara Keller <m.keller@northwind-bank.example>
Subject: Invoice 2026-0318 overdue - action required before 12.03.2026
X-Mailer: SwiftPost version 6.1.7.3
Message-ID: <20260302064107.7Q2k@relay.mailer.invalid>

Dear Mara,

our records show that invoice 2026-0318 (EUR 48,211.50) is still open. To avoid collection, please review and sign the
attached copy today: hxxps://portal[.]contoso-freight-billing[.]test/invoice/2026-0318?id=m.keller%40northwind-bank.example

If the portal asks for it, allow the document viewer and open "Invoice 2026-0318.pdf.exe" from the archive invoice-2026-0318.zip.
You can also pay in Bitcoin to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 and we will take 5 % off.

Kind regards
Accounts Receivable, Contoso-Freight

--- analyst's first notes, pasted below ---

* Detonated in the lab (Windows 10.0.19045.4170, viewer version 3.1.4.159). The loader resolved cdn[.]contoso-freight-billing[.]test through
  9.9.9[.]9 and then spoke to 8[.]8[.]8[.]8:853 and 1.1.1[.]1:443, later also over IPv6 to [2606:4700:4700::1111]:443.
* Second stage from hxxp://1.0.0[.]1/gate.php, beacon every 60 s, fallback hxxp://[2001:4860:4860::8888]/gate.php
* SHA-256 of the attachment d690722939f93327b7c2384e4164c0754ec062c303fc8255ed924156af7526c4, MD5 2724e895f3ecfe5bbb2be220351f704b
* It tries CVE-2017-11882 in the preview pane; patched here since 2018.
* The lab's own exit was 203.0.113.77 in AS64496; not an indicator. Questions to soc[@]northwind-bank[.]example
`,
} as const
