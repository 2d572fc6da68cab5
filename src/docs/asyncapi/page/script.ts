import { Asset } from '../../../http/asset.ts'

/**
 * What the page does beyond HTML: it names the server that shows it in the examples, marks in the contents where the
 * reader is, and closes the menu once something is chosen. Without it everything can be read all the same.
 */
export const pageScript = new Asset('text/javascript; charset=utf-8', `const { host, pathname, protocol } = new URL(document.documentElement.dataset.root, location)
const own = '//' + host + pathname.replace(/\\/$/, '')
for (const code of document.querySelectorAll('pre code')) {
  const text = code.textContent.replaceAll('ws://localhost:8000', protocol.replace('http', 'ws') + own).replaceAll('http://localhost:8000', protocol + own)
  if (text !== code.textContent) code.textContent = text
}

const menu = document.querySelector('.menu')
menu.addEventListener('click', ({ target }) => { if (target.closest('a')) menu.open = false })
menu.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  menu.open = false
  menu.querySelector('summary').focus()
})

const rail = document.querySelector('.rail')
const links = new Map([...rail.querySelectorAll('a[href^="#"]')].map(link => [link.hash.slice(1), link]))
const places = [...document.querySelectorAll('main [id]')].filter(({ id }) => links.has(id))
const show = () => {
  const at = places.findLast(place => place.getBoundingClientRect().top < 120) ?? places[0]
  const link = links.get(at.id)
  if (link.hasAttribute('aria-current')) return
  rail.querySelector('[aria-current]')?.removeAttribute('aria-current')
  link.setAttribute('aria-current', 'true')
  const { top, bottom } = link.getBoundingClientRect()
  if (top < 60 || bottom > rail.clientHeight - 20) rail.scrollTop += top - rail.clientHeight / 3
}
let isWaiting = false
addEventListener('scroll', () => {
  if (isWaiting) return
  isWaiting = true
  requestAnimationFrame(() => {
    isWaiting = false
    show()
  })
}, { passive: true })
show()
`)
