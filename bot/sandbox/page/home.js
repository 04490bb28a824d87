// Show the app's Home tab: the view it published for the acting person.
import { html } from "./vendor-preact.js";
import { gesture } from "./api.js";
import { Blocks } from "./blocks.js";
import { AppGlyph, Icon } from "./icons.js";
import { useStore } from "./store.js";
import { useSurface } from "./values.js";

export function Home() {
  const view = useStore((s) => s.home);
  const app = useStore((s) => s.world.app);
  const surface = useSurface({
    kind: "home", blocks: view?.blocks,
    send: (block, el, fields, state) =>
      gesture("view_action", { view_id: view.id, block_id: block.block_id, action_id: el.action_id, ...fields, state }),
  });
  if (!view) {
    return html`<div class="home"><div class="home-empty"><${AppGlyph} size=${64} /><h2>${app.name} has nothing here yet</h2>
      <p>The app publishes this page when you open it. If it stays empty, look into the traffic inspector.</p></div></div>`;
  }
  return html`<div class="home" role="region" aria-label=${`${app.name} Home`}><div class="home-page">
    ${surface.problem && html`<div class="message-problem" role="alert"><${Icon} name="warn" size=${15} /><span>${surface.problem}</span>
      <button type="button" class="link" onClick=${surface.forgive}>Dismiss</button></div>`}
    <${Blocks} blocks=${view.blocks} surface=${surface} /></div></div>`;
}
