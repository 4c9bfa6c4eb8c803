// parallel.mjs KUBECONFIG POD N: N sessions of exec at the same time. Each says that it is there; when all are, each is
// given a word of its own and the end of input, and must bring back the word and a code. Prints what came of it.
import { PassThrough } from 'node:stream';
import { Pod } from './pod.mjs';

const [kubeconfig, name, n] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const pod = new Pod(kubeconfig, name);
let waiting = n;
let open;
const all = new Promise((resolve) => {
    open = resolve;
});

async function session(i) {
    const out = new PassThrough();
    const stdin = new PassThrough();
    out.once('data', () => {
        waiting -= 1;
        if (waiting === 0) {
            open();
        }
    });
    all.then(() => stdin.end(`word-${i}\n`));
    const script = `echo there; read word; echo "$word"; exit ${i % 100}`;
    const { stdout, code } = await pod.exec(['sh', '-c', script], { out, stdin });
    return stdout.toString() === `there\nword-${i}\n` && code === i % 100;
}

const began = Date.now();
all.then(() => console.log(`${n} sessions are open after ${((Date.now() - began) / 1000).toFixed(1)} s`));
const results = await Promise.allSettled(Array.from({ length: n }, (_, i) => session(i)));
const good = results.filter((r) => r.status === 'fulfilled' && r.value).length;
const bad = results.find((r) => r.status === 'rejected');
console.log(`${good} of ${n} brought back their word and their code after ${((Date.now() - began) / 1000).toFixed(1)} s`);
if (bad) {
    console.log(`one did not: ${bad.reason?.message ?? bad.reason}`);
}
process.exit(good === n ? 0 : 1);
