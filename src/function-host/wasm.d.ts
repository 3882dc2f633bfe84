/** WebAssembly that the bundler puts into the program as bytes. */
declare module "*/wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
