import { Asset } from '../http/asset.ts'

/**
 * The dark scheme of Swagger UI in our colours. It has one of its own behind the class `dark-mode`, but
 * with greys of its own, and with some texts below AA. And the answers of an opened operation fit on a phone.
 */
export const schemeStyle = new Asset('text/css; charset=utf-8', `:root { color-scheme: light dark }
body { margin: 0 }
@media (max-width: 640px) {
  /* No answer has links. Each cell has a line of its own. */
  .swagger-ui .response-col_links, .swagger-ui .responses-table > thead { display: none }
  .swagger-ui .responses-table, .swagger-ui .responses-table > tbody, .swagger-ui .responses-table > tbody > tr, .swagger-ui .responses-table > tbody > tr > td { display: block; width: auto }
  .swagger-ui .responses-table .response-col_description { padding: 0 }
  .swagger-ui :is(.opblock-body, .responses-inner) table:is(.headers, .parameters) :is(td, th) { padding-inline: 0 8px; overflow-wrap: anywhere }
  .swagger-ui .renderedMarkdown table { display: block; overflow-x: auto }
  .swagger-ui .renderedMarkdown :is(p, li) code { overflow-wrap: anywhere }
}
@media (prefers-color-scheme: dark) {
  html.dark-mode, html.dark-mode .swagger-ui, html.dark-mode .swagger-ui .scheme-container { background: #131416; color: #ececea }
  html.dark-mode .swagger-ui .scheme-container { box-shadow: 0 1px 0 #33363b }
  html.dark-mode .swagger-ui :is(.dialog-ux .modal-ux, section.models .model-container, .model-box, .json-schema-2020-12, .json-schema-2020-12 button) { background: #1a1c1f }
  html.dark-mode .swagger-ui .dialog-ux .modal-ux { border: 1px solid #33363b }
  html.dark-mode .swagger-ui :is(input, select, textarea) { background-color: #131416; border: 1px solid #7d7a74; color: #ececea }
  html.dark-mode .swagger-ui a:not(.nostyle) { color: #93b1ff }
  html.dark-mode .swagger-ui :is(td, .examples-select__section-label) { color: #ececea }
  html.dark-mode .swagger-ui .opblock .opblock-body pre.microlight { background: #131416 !important }
  html.dark-mode .swagger-ui .opblock.opblock-put .opblock-section-header { background: #3a2a22 }
  html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { border-color: #ff938a; color: #ff938a }
  html.dark-mode .swagger-ui .opblock .btn.execute { background: #3d64dd; border-color: #3d64dd; color: #ffffff }
}
`)
