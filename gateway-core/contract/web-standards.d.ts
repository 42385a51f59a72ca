/**
 * The parts of some web standards that pure code uses. Every place that this code runs in (Node, Electron, a browser) has
 * them, while no `lib` of TypeScript offers them without the rest of the DOM or of Node.
 */

/** @see [URL Standard §6.1](https://url.spec.whatwg.org/#url-class) */
declare class URL {
  static canParse(url: string, base?: string): boolean
  constructor(url: string, base?: string)
  readonly href: string
  readonly origin: string
  readonly protocol: string
  readonly username: string
  readonly password: string
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly pathname: string
  readonly search: string
  readonly hash: string
}

/** @see [Encoding Standard §7.3](https://encoding.spec.whatwg.org/#interface-textencoder) */
declare class TextEncoder {
  /** UTF-8. */
  encode(input: string): Uint8Array
}

/** Base64 of a text of code points up to 255. @see [HTML §8.3](https://html.spec.whatwg.org/#dom-btoa) */
declare function btoa(data: string): string
