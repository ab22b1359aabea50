// node send.mjs PORT MAILS CONNECTIONS FOLDER: sends the mails of a folder (.eml) again and again with nodemailer's pooled
// transport, and says how long it took and how much memory it had at most. They are read before the clock starts.
import { readFileSync, readdirSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import nodemailer from 'nodemailer';

const [port, mails, connections, folder] = process.argv.slice(2);
const bodies = [];
for (const name of readdirSync(folder)) {
  const { subject, html, text, headers } = await simpleParser(readFileSync(`${folder}/${name}`), { skipTextToHtml: true, skipHtmlToText: true });
  bodies.push({ subject, html, text, list: headers.get('list')?.unsubscribe?.url });
}
const transport = nodemailer.createTransport({ host: '127.0.0.1', port: Number(port), secure: false, ignoreTLS: true, pool: true, maxConnections: Number(connections), maxMessages: Infinity });
let peak = 0;
const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 50);
const began = process.hrtime.bigint();
// As its documentation has it: the next ones are handed over when the pool says that it is idle.
let next = 0, open = 0;
await new Promise((resolve, reject) => {
  const more = () => {
    while (next < Number(mails) && transport.isIdle()) {
      const { subject, html, text, list } = bodies[next % bodies.length];
      const headers = list ? { 'List-Unsubscribe': `<${list}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};
      open += 1;
      transport.sendMail({ from: 'Shop <news@shop.example>', to: `peer-${next}@shop.example`, subject, html, text, headers })
        .then(() => { open -= 1; if (next >= Number(mails) && open === 0) resolve(); else more(); }, reject);
      next += 1;
    }
  };
  transport.on('idle', more);
  more();
});
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
clearInterval(watch);
transport.close();
console.log(JSON.stringify({ seconds, megabytes: Math.max(peak, process.memoryUsage.rss()) / 1e6 }));
