// The wasm modules as addresses, which Vite turns into hashed files.
declare module "@analyzer/*.wasm?url" {
  const url: string;
  export default url;
}
