// ViT-B/16 in ONNX Runtime, float32 on the CPU: a peer of our encoder. vit.py exports the model.
//
//   node vit.cjs MODEL.onnx THREADS PIXELS   measures on request, as bench/encoder/side.go describes
//
// PIXELS is a file of float32 images (3, 224, 224), one after another.
'use strict'
const fs = require('node:fs')
const readline = require('node:readline')
const ort = require('onnxruntime-node')
const { version } = require('onnxruntime-node/package.json')

const SIDE = 224
const IMAGE = 3 * SIDE * SIDE

async function main(model, threads, path) {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all',
    // Threads that wait sleep: spinning would count as CPU time, and disturb the others on shared cores.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const bytes = fs.readFileSync(path)
  const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const embed = async n => {
    const input = new ort.Tensor('float32', pixels.subarray(0, n * IMAGE), [n, 3, SIDE, SIDE])
    return (await session.run({ pixels: input })).embedding.data
  }
  say({ side: `ONNX Runtime ${version}`, precision: 'float32', embedding: Array.from(await embed(1)) })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const images = Number(line)
    const cpu = process.cpuUsage(), wall = performance.now()
    await embed(images)
    const took = performance.now() - wall, used = process.cpuUsage(cpu)
    say({ cpu_ms_per_image: (used.user + used.system) / 1000 / images, wall_ms_per_image: took / images })
  }
}

function say(values) {
  process.stdout.write(JSON.stringify(values) + '\n')
}

main(...process.argv.slice(2)).catch(err => { console.error(err.message); process.exit(1) })
