import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSession } from '../../src/runtime/node.js';
import { float32, type Session } from '../../src/runtime/session.js';
import { chooseDevice } from '../../src/studio/page/workers/choose-device.js';
import { createModel } from '../../src/trained/create.js';
import { Model } from '../../src/trained/model.js';
import { readFixture } from '../model/fixture.js';
import { fixtureWeights } from '../trained/exported.js';

const FIXTURE = readFixture('features-causal');
const made: Model[] = [];

async function model(): Promise<Model> {
  const one = await createModel(FIXTURE.model, fixtureWeights(FIXTURE), (bytes) =>
    createSession(bytes, { threads: 1 }),
  );
  made.push(one);
  return one;
}

/** The same model from an engine whose decoder adds so much to its first value. */
async function wrongBy(amount: number): Promise<Model> {
  const { config, sessions } = await model();
  const decoder: Session = {
    ...sessions.decoder,
    async run(inputs) {
      const { x } = await sessions.decoder.run(inputs);
      const data = (x!.data as Float32Array).slice();
      data[0]! += amount;
      return { x: float32(data, x!.shape) };
    },
  };
  return new Model(config, { ...sessions, decoder });
}

describe('a model is run by', () => {
  afterEach(async () => {
    await Promise.allSettled(made.splice(0).map((m) => m.release()));
  });
  /** Loads a given model for WebGPU, and a right one for WebAssembly. */
  const loads = (onGpu: () => Promise<Model>) => vi.fn((device) => (device === 'webgpu' ? onGpu() : model()));

  test('WebGPU where there is one that agrees with WebAssembly', async () => {
    const { device, fallback } = await chooseDevice(
      'auto',
      'hardware',
      loads(() => wrongBy(2e-4)),
    );
    expect({ device, fallback }).toEqual({ device: 'webgpu', fallback: undefined });
  });

  test.each([
    [0.01, 'WebGPU was tried and gives other results (off by 0.010)'],
    [Number.NaN, 'WebGPU was tried and gives other results (off by Infinity)'],
  ])('WebAssembly where WebGPU is wrong by %d', async (amount, fallback) => {
    const found = await chooseDevice(
      'auto',
      'hardware',
      loads(() => wrongBy(amount)),
    );
    expect(found).toMatchObject({ device: 'wasm', fallback });
    expect((await found.model.sample(1)).s.shape[0]).toBe(1);
  });

  test('WebAssembly where WebGPU cannot be started', async () => {
    const failing = loads(() => Promise.reject(new Error('no adapter')));
    const found = await chooseDevice('auto', 'hardware', failing);
    expect(found).toMatchObject({ device: 'wasm', fallback: 'WebGPU was tried and failed (no adapter)' });
  });

  test('WebAssembly where WebGPU starts and then fails', async () => {
    const onGpu = await wrongBy(0);
    const lost = { ...onGpu.sessions, encoder: { run: () => Promise.reject(new Error('device lost')) } as never };
    const found = await chooseDevice(
      'auto',
      'hardware',
      loads(async () => new Model(onGpu.config, lost)),
    );
    expect(found).toMatchObject({ device: 'wasm', fallback: 'WebGPU was tried and failed (device lost)' });
  });

  test('WebAssembly where there is no WebGPU, or one in software, which only who asks for it gets', async () => {
    const load = loads(model);
    expect(await chooseDevice('auto', 'none', load)).not.toHaveProperty('fallback');
    expect(await chooseDevice('auto', 'software', load)).toMatchObject({ device: 'wasm' });
    expect(await chooseDevice('wasm', 'hardware', load)).toMatchObject({ device: 'wasm' });
    const none = await chooseDevice('webgpu', 'none', load);
    expect(none).toMatchObject({ device: 'wasm', fallback: 'This browser has no WebGPU' });
    expect(load.mock.calls.flat()).toEqual(['wasm', 'wasm', 'wasm', 'wasm']);
    expect(await chooseDevice('webgpu', 'software', load)).toMatchObject({ device: 'webgpu' });
  });
});
