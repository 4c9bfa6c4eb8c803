// crowd.mjs PORT N: N connections that say nothing, N that begin a handshake and stop, N whose head never ends. Says
// "crowded" when they are there, and "alone" when the last was closed by the other end. Node's own modules only.
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';

const [port, n] = process.argv.slice(2).map(Number);
const at = { host: '127.0.0.1', port };
let closed = 0;
let opened = 0;

function count(socket) {
    socket.on('error', () => {});
    socket.on('close', () => {
        closed += 1;
        if (closed === 3 * n) {
            console.log('alone');
        }
    });
}

function there() {
    opened += 1;
    if (opened === 3 * n) {
        console.log('crowded');
    }
}

for (let i = 0; i < n; i++) {
    count(connect(at, there));
    const half = connect(at, () => {
        half.write(Buffer.from([0x16, 3, 1, 2, 0, 1])); // the beginning of a ClientHello
        there();
    });
    count(half);
    const talker = secure({ ...at, rejectUnauthorized: false }, () => {
        talker.write(`GET /pods HTTP/1.1\r\nHost: x\r\nX-${i}: `);
    });
    talker.on('connect', there);
    talker.setTimeout(1000, () => talker.write('a')); // a byte a second
    count(talker);
    talker.on('data', () => {});
}
