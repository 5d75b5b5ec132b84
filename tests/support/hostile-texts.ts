/** What strangers may write into anything that has a name or a text. */
export const hostileTexts: readonly string[] = [
  '<img src="https://elsewhere.example/x.png" onerror="alert(1)">',
  '<script>alert(1)</script><style>*{display:none}</style>',
  '"><iframe srcdoc="<script>alert(1)</script>"></iframe><svg/onload=alert(1)>',
  "'-alert(1)-' ${alert(1)} {{alert(1)}} <%= alert(1) %>",
  'javascript:alert(1)',
  '[click](javascript:alert(1)) ![x](https://elsewhere.example/y.png) https://elsewhere.example/z',
  'data:text/html,<script>alert(1)</script>',
  '</title></textarea></pre></script><base href="https://elsewhere.example/">',
  'invoice\u202egpj.exe \u2066turned\u2069 \u200bun\u200dseen\u00ad\ufeff \u3164filled',
  '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 <b>right to left</b>',
  `Zalgo${'\u0301\u0316\u0334'.repeat(60)}`,
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'W'.repeat(290),
]

/** What a terminal would obey and a name may not hold; only notes, results and lines of a log may. */
export const hostileControls: readonly string[] = [
  '\u001b[31mred\u001b[0m \u001b]8;;https://elsewhere.example\u0007link\u001b]8;;\u0007',
  'start\u0001of bell\u0007 back\u0008space',
  '<b>over</b>\r\nlines\u2028and\u2029paragraphs',
]

/** The same length, and nothing in it. */
export function harmless(text: string): string {
  return text.replaceAll(/[^\n]/g, 'x')
}
