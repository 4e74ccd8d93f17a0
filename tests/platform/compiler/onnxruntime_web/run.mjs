// Runs ONNX models: node run.mjs FOLDER, where FOLDER holds node_modules. Standard input is JSON,
// [{model: path, inputs: {name: {type, dims, data: base64}}}, ...]; standard output is JSON, for
// each either {outputs: {name: {type, dims, data}}} or {error: text}. The graph is executed as it
// is written, without optimisation.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = path.resolve(process.argv[2], 'node_modules/onnxruntime-web/dist');
const ort = await import(pathToFileURL(path.join(dist, 'ort.node.min.mjs')));
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const kinds = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array };

function decode({ type, dims, data }) {
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  return new ort.Tensor(type, new kinds[type](bytes.buffer), dims);
}

function encode({ type, dims, data }) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { type, dims, data: bytes.toString('base64') };
}

async function run(job) {
  const session = await ort.InferenceSession.create(fs.readFileSync(job.model), {
    graphOptimizationLevel: 'disabled',
    executionProviders: ['wasm'],
  });
  const feeds = Object.fromEntries(
    Object.entries(job.inputs).map(([name, tensor]) => [name, decode(tensor)]));
  const found = await session.run(feeds);
  const outputs = Object.fromEntries(
    Object.entries(found).map(([name, tensor]) => [name, encode(tensor)]));
  await session.release();
  return { outputs };
}

const results = [];
for (const job of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  results.push(await run(job).catch((error) => ({ error: String(error.message ?? error) })));
}
fs.writeFileSync(1, JSON.stringify(results));
