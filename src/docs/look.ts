/** The colours of our pages, light and dark. Every pair of a text and what is behind it reaches AA. */
export const tokens = `:root {
  color-scheme: light dark;
  --bg: light-dark(#ffffff, #131416);
  --surface: light-dark(#f6f5f2, #1a1c1f);
  --text: light-dark(#1b1c1f, #ececea);
  --muted: light-dark(#5c5a55, #a9a69f);
  --line: light-dark(#dedbd3, #33363b);
  --line-strong: light-dark(#8b877e, #7d7a74);
  --accent: light-dark(#2a4fc4, #93b1ff);
  --accent-soft: light-dark(#e9eefc, #1c2746);
  --brass: light-dark(#a8791f, #d9ab4e);
  --success: light-dark(#17703c, #72d39b);
  --success-soft: light-dark(#e5f4ea, #132a1e);
  --warning: light-dark(#865000, #efb95c);
  --warning-soft: light-dark(#fdf1d8, #2f2513);
  --error: light-dark(#ad2119, #ff938a);
  --error-soft: light-dark(#fdeae8, #361917);
}
* { box-sizing: border-box }
`
