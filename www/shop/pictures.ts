/**
 * The products' pictures, drawn in SVG so that the shop loads nothing from
 * elsewhere. Each drawing lives in a 200 × 200 box on a ground of its shelf's
 * colour; products that come in colours take the chosen one as their glaze.
 */
import type { Product } from "./products.ts";

const GROUNDS: Readonly<Record<string, string>> = {
  "tea-coffee": "#e9e4d8",
  cooking: "#e4e6df",
  table: "#eae0d8",
  "linen-light": "#e3e4e6",
};

const GLAZES: Readonly<Record<string, readonly [body: string, shade: string]>> = {
  Sand: ["#d9c6a5", "#c2ab84"],
  Moss: ["#7d8f6b", "#667856"],
  Ink: ["#46566a", "#364456"],
  Natural: ["#dccfb6", "#c7b797"],
  Brick: ["#b4684c", "#97523a"],
};

const PLAIN: readonly [string, string] = ["#d9c6a5", "#c2ab84"];

type Drawing = (body: string, shade: string) => string;

const SPECKLES = [
  [74, 98],
  [92, 120],
  [110, 94],
  [84, 140],
  [118, 132],
  [102, 150],
  [70, 122],
  [126, 108],
  [96, 106],
  [112, 118],
]
  .map(([x, y]) => `<circle cx="${x}" cy="${y}" r="1.5" fill="#2b2a27" opacity=".28"/>`)
  .join("");

const DRAWINGS: Readonly<Record<string, Drawing>> = {
  "steel-kettle": () => `
    <path d="M66 88q34-62 68 0" fill="none" stroke="#3b3a37" stroke-width="8" stroke-linecap="round"/>
    <path d="M140 104l34-20 4 7-30 34z" fill="#a9adaf"/>
    <path d="M48 146q-6-58 52-60 58 2 52 60 0 10-12 10H60q-12 0-12-10z" fill="#c3c7c8"/>
    <path d="M100 86q58 2 52 60 0 10-12 10h-26q22-34-14-70z" fill="#aeb3b5"/>
    <path d="M78 90q22-12 44 0z" fill="#9a9fa1"/><circle cx="100" cy="80" r="6" fill="#3b3a37"/>
    <path d="M62 136q0-30 20-38" fill="none" stroke="#eef0f0" stroke-width="5" stroke-linecap="round"/>`,
  "stoneware-teapot": (body, shade) => `
    <path d="M142 108q34-14 32 14-2 22-36 22" fill="none" stroke="${shade}" stroke-width="9"/>
    <path d="M58 116l-30-24 9-7 34 18z" fill="${shade}"/>
    <ellipse cx="100" cy="124" rx="52" ry="38" fill="${body}"/>
    <path d="M100 86a52 38 0 0 1 20 73q18-36-20-73z" fill="${shade}"/>
    <path d="M74 92q26-18 52 0z" fill="${shade}"/><circle cx="100" cy="78" r="7" fill="${shade}"/>
    <path d="M64 118q4-16 18-20" fill="none" stroke="#fff" opacity=".5" stroke-width="4" stroke-linecap="round"/>`,
  "pour-over-dripper": () => `
    <path d="M54 62h92l-30 52H84z" fill="#f8f5ef"/><path d="M100 62h46l-30 52h-16z" fill="#e6e0d4"/>
    <path d="M68 66l22 44M84 66l10 44M132 66l-22 44M116 66l-10 44" stroke="#d3cbbb" stroke-width="2"/>
    <path d="M142 74q24-4 20 14-4 16-30 14" fill="none" stroke="#e6e0d4" stroke-width="7"/>
    <rect x="66" y="114" width="68" height="9" rx="4" fill="#f8f5ef"/>
    <path d="M72 130h56l-5 36q-1 6-7 6H84q-6 0-7-6z" fill="#dfe6e5" opacity=".9"/>
    <path d="M75 150h50l-3 16q-1 6-7 6H85q-6 0-7-6z" fill="#6e4a33"/>
    <path d="M100 123v22" stroke="#6e4a33" stroke-width="3" stroke-linecap="round"/>`,
  "hand-coffee-grinder": () => `
    <path d="M100 48h50" stroke="#6d7274" stroke-width="6" stroke-linecap="round"/>
    <rect x="142" y="30" width="16" height="20" rx="6" fill="#6b4a35"/>
    <rect x="95" y="44" width="10" height="16" fill="#6d7274"/>
    <path d="M74 60h52l6 14H68z" fill="#8f9496"/>
    <rect x="70" y="74" width="60" height="56" rx="4" fill="#b9bdbe"/><rect x="104" y="74" width="26" height="56" rx="4" fill="#a2a7a9"/>
    <rect x="66" y="128" width="68" height="8" rx="3" fill="#6d7274"/>
    <rect x="72" y="136" width="56" height="34" rx="6" fill="#6b4a35"/><rect x="102" y="136" width="26" height="34" rx="6" fill="#5a3d2b"/>
    <path d="M80 82v40" stroke="#eef0f0" stroke-width="4" stroke-linecap="round"/>`,
  "cast-iron-pot": () => `
    <rect x="28" y="102" width="24" height="12" rx="6" fill="#8b4530"/><rect x="148" y="102" width="24" height="12" rx="6" fill="#8b4530"/>
    <path d="M44 96h112v44q0 22-22 22H66q-22 0-22-22z" fill="#b4593d"/>
    <path d="M104 96h52v44q0 22-22 22h-22q20-32-8-66z" fill="#9c4a31"/>
    <path d="M40 94q2-24 60-24t60 24z" fill="#c26a4c"/><path d="M100 70q58 0 60 24h-46q2-14-14-24z" fill="#ab5539"/>
    <rect x="36" y="92" width="128" height="8" rx="4" fill="#8b4530"/>
    <rect x="88" y="56" width="24" height="12" rx="6" fill="#3b3a37"/>
    <path d="M58 112v26" stroke="#e0957a" stroke-width="5" stroke-linecap="round"/>`,
  "carbon-steel-pan": () => `
    <path d="M126 112l58-44 6 9-56 46z" fill="#55595b"/><circle cx="184" cy="74" r="3" fill="#e4e6df"/>
    <ellipse cx="84" cy="122" rx="62" ry="36" fill="#55595b"/><ellipse cx="84" cy="117" rx="62" ry="36" fill="#6d7274"/>
    <ellipse cx="84" cy="119" rx="50" ry="28" fill="#404446"/>
    <path d="M44 118q8-20 36-22" fill="none" stroke="#83898b" stroke-width="4" stroke-linecap="round"/>
    <ellipse cx="92" cy="122" rx="20" ry="12" fill="#faf6ea"/><ellipse cx="95" cy="120" rx="8" ry="6" fill="#e6a93b"/>`,
  "chefs-knife": () => `
    <g transform="rotate(-32 100 100)">
      <path d="M14 92h104v22H62q-34-2-48-22z" fill="#c7cbcc"/><path d="M14 92h104v7H24z" fill="#aab0b2"/>
      <path d="M30 104q14 8 34 8" fill="none" stroke="#eef0f0" stroke-width="2.5" stroke-linecap="round"/>
      <rect x="118" y="90" width="8" height="24" rx="2" fill="#8f9496"/>
      <path d="M126 91h50q10 0 10 9t-8 11q-8 3-20 1-18-3-32 2z" fill="#7a5638"/>
      <circle cx="140" cy="101" r="2.4" fill="#d8cdbd"/><circle cx="162" cy="101" r="2.4" fill="#d8cdbd"/>
    </g>`,
  "beech-board": () => `
    <g transform="rotate(-8 100 100)">
      <rect x="36" y="62" width="128" height="86" rx="10" fill="#b98d5c"/><rect x="36" y="56" width="128" height="86" rx="10" fill="#d3a973"/>
      <path d="M36 78h128M36 100h128M36 121h128M70 56v22M112 56v22M56 78v22M98 78v22M138 78v22M76 100v21M122 100v21M60 121v21M104 121v21M144 121v21" stroke="#c1945f" stroke-width="2"/>
      <rect x="44" y="64" width="112" height="70" rx="6" fill="none" stroke="#b98d5c" stroke-width="3"/>
    </g>`,
  "speckled-mug": (body, shade) => `
    <path d="M132 92q38-8 36 22-2 28-40 26" fill="none" stroke="${shade}" stroke-width="11"/>
    <path d="M54 78h84v62q0 22-22 22H76q-22 0-22-22z" fill="${body}"/>
    <path d="M104 78h34v62q0 22-22 22h-8q18-40-4-84z" fill="${shade}"/>
    <ellipse cx="96" cy="78" rx="42" ry="9" fill="${shade}"/><ellipse cx="96" cy="79" rx="35" ry="6" fill="#4b3526"/>${SPECKLES}`,
  "soup-bowl": (body, shade) => `
    <path d="M88 62q-8-8 0-16t0-16M110 62q-8-8 0-16t0-16" fill="none" stroke="#fff" opacity=".75" stroke-width="4" stroke-linecap="round"/>
    <path d="M34 88h132q-2 66-52 74H86q-50-8-52-74z" fill="${body}"/>
    <path d="M116 88h50q-2 66-52 74h-8q34-30 10-74z" fill="${shade}"/>
    <ellipse cx="100" cy="88" rx="66" ry="14" fill="${shade}"/><ellipse cx="100" cy="90" rx="57" ry="10" fill="#d99a4e"/>
    <circle cx="84" cy="89" r="4" fill="#7d8f6b"/><circle cx="108" cy="92" r="3" fill="#7d8f6b"/><circle cx="120" cy="87" r="3.5" fill="#f0c98d"/>
    <rect x="78" y="160" width="44" height="7" rx="3" fill="${shade}"/>`,
  "water-carafe": () => `
    <rect x="88" y="26" width="24" height="18" rx="5" fill="#a97c4f"/>
    <path d="M90 44h20v34q26 16 26 52v30q0 12-12 12H76q-12 0-12-12v-30q0-36 26-52z" fill="#cfdedd" opacity=".85"/>
    <path d="M66 118q34 8 68 0 2 6 2 12v30q0 12-12 12H76q-12 0-12-12v-30q0-6 2-12z" fill="#9fc0c2" opacity=".9"/>
    <path d="M76 158v-30q2-22 14-34" fill="none" stroke="#fff" opacity=".8" stroke-width="4" stroke-linecap="round"/>`,
  "oak-spoons": () => `
    <g transform="rotate(14 100 150)"><rect x="95" y="74" width="9" height="100" rx="4" fill="#b98d5c"/><ellipse cx="99" cy="58" rx="17" ry="24" fill="#b98d5c"/><ellipse cx="99" cy="58" rx="11" ry="17" fill="#a67b4c"/></g>
    <g transform="rotate(-16 100 150)"><rect x="95" y="70" width="9" height="104" rx="4" fill="#d3a973"/><ellipse cx="99" cy="54" rx="18" ry="26" fill="#d3a973"/><ellipse cx="99" cy="54" rx="12" ry="19" fill="#bf9560"/></g>
    <rect x="95" y="80" width="9" height="94" rx="4" fill="#c69a64"/><path d="M82 40h35v36q0 12-17 12T82 76z" fill="#c69a64"/><path d="M92 40v32M100 40v34M108 40v32" stroke="#a67b4c" stroke-width="3"/>`,
  "linen-towel": (body, shade) => `
    <rect x="30" y="40" width="140" height="7" rx="3.5" fill="#a97c4f"/>
    <path d="M58 44h76v112q-10 6-19 0t-19 0-19 0-19 0z" fill="${body}"/>
    <path d="M112 44h30v74q-8 5-15 0t-15 0z" fill="${shade}"/>
    <path d="M58 132h54M58 139h54M112 96h30M112 102h30" stroke="#fff" opacity=".55" stroke-width="3"/>`,
  "beeswax-candle": () => `
    <circle cx="100" cy="50" r="34" fill="#f6dc9a" opacity=".45"/>
    <path d="M100 30q14 18 6 28-6 6-12 0-8-10 6-28z" fill="#eeb04a"/><path d="M100 44q5 9 1 13-3 2-5-1-2-4 4-12z" fill="#fdf3d4"/>
    <path d="M100 60v14" stroke="#3b3a37" stroke-width="2.5"/>
    <rect x="88" y="72" width="24" height="84" rx="4" fill="#e3b85c"/><rect x="101" y="72" width="11" height="84" rx="4" fill="#cfa148"/>
    <path d="M90 74q1 14 4 12t3-12z" fill="#f0cd80"/>
    <path d="M62 156h76l-6 12q-2 4-7 4H75q-5 0-7-4z" fill="#7b7f80"/>`,
  "paper-lamp": () => `
    <ellipse cx="100" cy="92" rx="72" ry="62" fill="#fbe9bd" opacity=".5"/>
    <path d="M74 42h52l22 78H52z" fill="#fbf1d8"/><path d="M100 42h26l22 78h-38z" fill="#f3e3bd"/>
    <path d="M70 58h60M66 74h68M61 90h78M57 106h86" stroke="#e3d0a2" stroke-width="2"/>
    <rect x="96" y="120" width="8" height="36" fill="#a97c4f"/><ellipse cx="100" cy="160" rx="30" ry="8" fill="#8f6640"/><ellipse cx="100" cy="157" rx="30" ry="8" fill="#a97c4f"/>
    <path d="M130 160q24 4 38 0" fill="none" stroke="#6d7274" stroke-width="2.5"/>`,
};

/** The picture as an SVG element. It decorates: the name beside it says what it is. */
export function picture(product: Product, variant: string | undefined = product.variants?.[0]): string {
  const [body, shade] = GLAZES[variant ?? ""] ?? PLAIN;
  const drawing = DRAWINGS[product.slug]?.(body, shade) ?? "";
  const ground = GROUNDS[product.category] ?? "#e9e4d8";
  return `<svg viewBox="0 0 200 200" aria-hidden="true" class="picture"><rect width="200" height="200" fill="${ground}"/><ellipse cx="100" cy="174" rx="62" ry="7" fill="#2b2a27" opacity=".08"/>${drawing}</svg>`;
}
