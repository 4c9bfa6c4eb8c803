// checks.mjs KUBECONFIG PORT: exec, attach, logs and port-forward of the pods that tests/e2e/js_client.sh made, by the official
// JavaScript client. PORT is one that answers HTTP at the pod's address. One line a check: "ok    SENTENCE" or "FAIL  SENTENCE".
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { Pod, Terminal } from './pod.mjs';

const [kubeconfig, port] = process.argv.slice(2);
const talker = new Pod(kubeconfig, 'talker');

async function check(sentence, test) {
    try {
        await test();
        console.log(`ok    ${sentence}`);
    } catch (error) {
        console.log(`FAIL  ${sentence}`);
        console.log(`      | ${String(error?.stack ?? error?.message ?? error).split('\n').join('\n      | ')}`);
    }
}

function inputOf(bytes) {
    const input = new PassThrough();
    input.end(bytes);
    return input;
}

function processes(pattern) {
    try {
        return execFileSync('pgrep', ['-f', `^${pattern}`], { encoding: 'utf8' }).split('\n').filter(Boolean).length;
    } catch {
        return 0; // pgrep found none
    }
}

async function until(condition) {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

await check('exec', async () => {
    const { stdout, stderr, code } = await talker.exec(['echo', 'hello']);
    assert.deepEqual([stdout.toString(), stderr.toString(), code], ['hello\n', '', 0]);
});

await check('exec tells the exit code and keeps the streams apart', async () => {
    const { stdout, stderr, code } = await talker.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual([stdout.toString(), stderr.toString(), code], ['out\n', 'err\n', 7]);
});

await check('exec of a program that is not there fails', async () => {
    const { code } = await talker.exec(['/no/such/program']);
    assert.notEqual(code, 0);
});

await check('4 MB of any bytes go in and come back, and the end of stdin with them', async () => {
    const bytes = randomBytes(4 << 20);
    const { stdout, code } = await talker.exec(['cat'], { stdin: inputOf(bytes) });
    assert.equal(code, 0);
    assert.equal(createHash('sha256').update(stdout).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
});

await check('a terminal has the size of the client, and follows it', async () => {
    const terminal = new Terminal(24, 80);
    const script = 'echo "it is $(stty size)"; until [ "$(stty size)" = "40 120" ]; do sleep 0.1; done; echo "it is 40 120"; exit 5';
    terminal.on('data', (piece) => {
        if (piece.includes('it is 24 80')) {
            terminal.resize(40, 120);
        }
    });
    const { stdout, code } = await talker.exec(['sh', '-c', script], { tty: true, out: terminal, stdin: new PassThrough() });
    assert.match(stdout.toString(), /it is 24 80\r\nit is 40 120\r\n/);
    assert.equal(code, 5);
});

await check('what is typed at a terminal arrives', async () => {
    const stdin = new PassThrough();
    const running = talker.exec(['sh', '-c', 'read word; echo "heard $word"'], { tty: true, out: new Terminal(24, 80), stdin });
    stdin.write('abc\n');
    const { stdout, code } = await running;
    assert.match(stdout.toString(), /heard abc\r\n/);
    assert.equal(code, 0);
});

await check('a client that goes away leaves no process behind', async () => {
    const nap = `1000.${process.pid}`; // like no other
    const running = talker.exec(['sleep', nap], {
        socket: (socket) => until(() => processes(`sleep ${nap}`) === 1).then(() => socket.terminate()),
    });
    await assert.rejects(running, /before a status came/);
    await until(() => processes(`sleep ${nap}`) === 0);
});

await check('attach to a container on a terminal: its output, its input, its size', async () => {
    const terminal = new Terminal(24, 80);
    const stdin = new PassThrough();
    terminal.on('data', (piece) => {
        if (piece.includes('it is 24 80')) {
            stdin.write('bye\n');
        }
    });
    const output = await new Pod(kubeconfig, 'shell').attach({ tty: true, out: terminal, stdin });
    assert.match(output.toString(), /it is 24 80\r\n[^]*heard bye\r\n/);
});

await check('logs', async () => {
    assert.match((await talker.logs({})).toString(), /^one\ntwo\n/);
    assert.equal((await talker.logs({ tailLines: 1 })).toString(), 'two\n');
});

await check('logs that are followed end with the container and miss nothing', async () => {
    const lines = (await new Pod(kubeconfig, 'slow').logs({ follow: true })).toString();
    assert.equal(lines, [1, 2, 3, 4, 5, 6].map((i) => `line ${i}\n`).join(''));
});

await check('port-forward', async () => {
    const { answer, error } = await talker.forward(Number(port), 'GET /sandbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(answer.toString(), /^HTTP\/1\.1 200 [^]*"agents"/);
    assert.equal(error.toString(), '');
});

await check('port-forward of a port where nobody listens says so', async () => {
    const { answer, error } = await talker.forward(1, 'hello');
    assert.equal(answer.toString(), '');
    assert.match(error.toString(), /error forwarding port 1 to pod talker, uid .*: connection refused/);
});
process.exit(0);
