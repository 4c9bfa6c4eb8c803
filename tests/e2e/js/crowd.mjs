// crowd.mjs PORT N: N connections that say nothing, N that begin a handshake and stop, N whose head never ends. Says
// "crowded" when they are there; goes on until it is killed. Node's own modules only.
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';

const [port, n] = process.argv.slice(2).map(Number);
const at = { host: '127.0.0.1', port };
let opened = 0;

function bear(socket) {
    socket.on('error', () => {});
    return socket;
}

function there() {
    opened += 1;
    if (opened === 3 * n) {
        console.log('crowded');
    }
}

for (let i = 0; i < n; i++) {
    bear(connect(at, there));
    const half = connect(at, () => {
        half.write(Buffer.from([0x16, 3, 1, 2, 0, 1])); // the beginning of a ClientHello
        there();
    });
    bear(half);
    const talker = secure({ ...at, rejectUnauthorized: false }, () => {
        talker.write(`GET /pods HTTP/1.1\r\nHost: x\r\nX-${i}: `);
    });
    talker.on('connect', there);
    talker.setTimeout(1000, () => talker.write('a')); // a byte a second
    bear(talker);
    talker.on('data', () => {});
}
setInterval(() => {}, 1000); // whoever is thrown out does not end it
