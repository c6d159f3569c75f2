// A module of its own: esbuild can only take a CommonJS package's names apart where they are imported statically.
export { Ajv } from 'ajv'
