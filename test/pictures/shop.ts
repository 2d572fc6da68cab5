/** The page of an application with the bell in its head: all that it needs of Belfry is one script and one element. */
export const shop = ({ token }: { token: string }): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>Shop</title>
<style>
  :root { color-scheme: light dark; --line: light-dark(#dedbd3, #33363b); --soft: light-dark(#f6f5f2, #1a1c1f); --muted: light-dark(#5c5a55, #a9a69f) }
  body { margin: 0; background: light-dark(#fff, #131416); color: light-dark(#1b1c1f, #ececea); font: 16px/1.5 system-ui, sans-serif }
  header { display: flex; align-items: center; gap: 24px; padding: 12px 32px; border-bottom: 1px solid var(--line) }
  header strong { font-size: 20px; margin-inline-end: auto }
  header span { color: var(--muted); font-size: 14px }
  main { padding: 24px 32px }
  h1 { margin: 0 0 16px; font-size: 28px }
  table { width: 460px; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
  td, th { padding: 10px 12px; border-bottom: 1px solid var(--line); text-align: start }
  th { background: var(--soft); color: var(--muted); font-weight: 600 }
</style>
<header><strong>Parcel &amp; Sons</strong><span>Orders</span><span>Customers</span><span>Reports</span><belfry-inbox url="/"></belfry-inbox></header>
<main><h1>Orders</h1>
<table><tr><th>Order<th>Customer<th>State<th>Total
${[['1742', 'Ada Lindqvist', 'shipped', '84.00'], ['1741', 'Ravi Menon', 'packed', '129.50'], ['1740', 'Zoë Martin', 'paid', '32.90'], ['1739', 'Jonas Weber', 'delivered', '210.00'], ['1738', 'Mei Tanaka', 'delivered', '18.20'], ['1737', 'Omar Haddad', 'returned', '64.75']].map(cells => `<tr>${cells.map(cell => `<td>${cell}`).join('')}`).join('\n')}
</table></main>
<script type="module" src="/client/inbox.js"></script>
<script>document.querySelector('belfry-inbox').getToken = () => '${token}'</script>
</html>`
