/** Text that is meant to do harm where it is shown: to run as script, to fetch something, to break the layout, to mislead. */

const markup = [
  '<script>window.__hostile = 1</script>',
  '"><script>window.__hostile = 1</script>',
  '<img src=x onerror="window.__hostile = 1">',
  '<img src="http://hostile.invalid/pixel.png">',
  '<svg onload="window.__hostile = 1"><circle r="9"/></svg>',
  '<iframe srcdoc="<script>parent.__hostile = 1</script>"></iframe>',
  '<link rel="stylesheet" href="http://hostile.invalid/x.css">',
  '<style>*{display:none}@import url(http://hostile.invalid/x.css)</style>',
  '<meta http-equiv="refresh" content="0;url=http://hostile.invalid/">',
  '<base href="http://hostile.invalid/">',
  '<form action="http://hostile.invalid/"><input autofocus onfocus="window.__hostile = 1"></form>',
  '<a href="javascript:window.__hostile=1">click</a>',
  '<details open ontoggle="window.__hostile = 1">x</details>',
  '<video src="http://hostile.invalid/v.mp4" autoplay onerror="window.__hostile = 1"></video>',
  '<object data="http://hostile.invalid/x"></object>',
  '</textarea></title></pre><script>window.__hostile = 1</script>',
  '<!--<script>window.__hostile = 1</script>-->',
  ']]><script>window.__hostile = 1</script>',
  '{{constructor.constructor("window.__hostile = 1")()}}',
  '${window.__hostile = 1}',
  '$t(shell.product) {{count}} $t(constructor)',
  'javascript:window.__hostile=1',
  'data:text/html,<script>window.__hostile = 1</script>',
  '[link](javascript:window.__hostile=1) ![image](http://hostile.invalid/i.png)',
  '&lt;script&gt;window.__hostile = 1&lt;/script&gt;&#60;img src=x&#62;',
]

const letters = [
  '\u202Egpj.exe\u202C after',
  '\u2066\u2067isolated\u2069 \u200F right to left \u05D0\u05D1\u05D2 \u0627\u0644\u0639\u0631\u0628\u064A\u0629',
  'zero\u200Bwidth\u200D\u2060joined\uFEFF',
  'Z\u0351\u036B\u0343\u036A\u0302a\u0336\u0321\u0353l\u0334\u0326g\u0337o\u0338\u0310'.repeat(8),
  '\u001B[31mred\u001B[0m\u001B]0;title\u0007\u001B[2J',
  'line\nbreak\r\nand\ttab\u2028and\u2029more\u000B',
  '\u0000null\u0001\u0008\u007F\u0085',
  '\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67\u200D\uD83D\uDC66'.repeat(40),
  '\uFDFD'.repeat(60),
  '\uD800 lone \uDC00 surrogates',
  '\u{E0061}\u{E0062}\u{E0063} tags nobody sees',
  '__proto__',
  'constructor',
  'toString',
  '../../../../etc/passwd',
  "'; DROP TABLE exchanges; --",
  '`$(touch hostile)`',
  '%00%0d%0aset-cookie:%20a=b',
  '-method:ping verdict:deny "',
  '\\',
  '"',
  ' ',
]

const long = [
  'x'.repeat(20_000),
  'word '.repeat(4_000),
  '<b>'.repeat(3_000),
  'W'.repeat(300),
  `${'a'.repeat(200)}-${'b'.repeat(200)}`,
  'https://hostile.invalid/'.repeat(100),
  '\u4E00'.repeat(3_000),
  `${'['.repeat(60)}${']'.repeat(60)}`,
  '\n'.repeat(500),
  '\t'.repeat(500),
]

const surroundings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `read_${text}`,
  (text) => `"${text}"`,
  (text) => `'${text}'>`,
  (text) => `${text}\u202E${text.slice(0, 40)}`,
]

/** Some hundred, each once. */
export const hostileStrings: readonly string[] = [
  ...new Set([...[...markup, ...letters].flatMap((text) => surroundings.map((surround) => surround(text))), ...long]),
]
