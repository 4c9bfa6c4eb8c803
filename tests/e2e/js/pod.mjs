// The official JavaScript client of Kubernetes as checks use it: one pod's container, results as values.
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';

export class Pod {
    constructor(kubeconfig, name) {
        this.config = new k8s.KubeConfig();
        this.config.loadFromFile(kubeconfig);
        this.name = name;
    }

    // Runs a command until its status comes. stdin: a stream or nothing. Returns the texts and the status; `socket` of
    // `options` is called with the WebSocket once it is open.
    async exec(command, options = {}) {
        const out = options.out ?? new PassThrough();
        const err = options.tty ? null : new PassThrough();
        const texts = [collect(out), err ? collect(err) : Promise.resolve(Buffer.alloc(0))];
        const exec = new k8s.Exec(this.config);
        const status = await new Promise((resolve, reject) => {
            exec.exec('default', this.name, 'main', command, out, err, options.stdin ?? null, Boolean(options.tty), resolve)
                .then((socket) => {
                    socket.on('close', (code) => reject(new Error(`closed with ${code} before a status came`)));
                    options.socket?.(socket);
                }, (event) => reject(event.error ?? event));
        });
        const [stdout, stderr] = await Promise.all(texts);
        return { stdout, stderr, status, code: exitCode(status) };
    }

    // Output and input of the container itself, until the WebSocket closes.
    async attach(options = {}) {
        const out = options.out ?? new PassThrough();
        const text = [];
        out.on('data', (piece) => text.push(piece));
        const attach = new k8s.Attach(this.config);
        const socket = await attach.attach('default', this.name, 'main', out, null, options.stdin ?? null, Boolean(options.tty));
        options.socket?.(socket);
        await new Promise((resolve) => socket.on('close', resolve));
        return Buffer.concat(text);
    }

    async logs(options) {
        const out = new PassThrough();
        const text = collect(out);
        await new k8s.Log(this.config).log('default', this.name, 'main', out, options);
        return text;
    }

    // Sends a request to a port of the pod; what came back when the WebSocket closes, and what its error channel said.
    async forward(port, request) {
        const out = new PassThrough();
        const err = new PassThrough();
        const input = new PassThrough();
        const texts = [collect(out), collect(err)];
        const socket = await new k8s.PortForward(this.config).portForward('default', this.name, [port], out, err, input);
        const closed = new Promise((resolve) => socket.on('close', resolve));
        input.write(request);
        await closed;
        out.end();
        err.end();
        const [answer, error] = await Promise.all(texts);
        return { answer, error };
    }
}

function exitCode(status) {
    if (status.status === 'Success') {
        return 0;
    }
    const cause = status.details?.causes?.find((c) => c.reason === 'ExitCode');
    return cause ? Number(cause.message) : -1;
}

export function collect(stream) {
    return new Promise((resolve, reject) => {
        const pieces = [];
        stream.on('data', (piece) => pieces.push(piece));
        stream.on('end', () => resolve(Buffer.concat(pieces)));
        stream.on('error', reject);
    });
}

// What the client takes for a terminal: it has a size, and tells when that changes.
export class Terminal extends PassThrough {
    constructor(rows, columns) {
        super();
        this.rows = rows;
        this.columns = columns;
    }

    resize(rows, columns) {
        this.rows = rows;
        this.columns = columns;
        this.emit('resize');
    }
}
