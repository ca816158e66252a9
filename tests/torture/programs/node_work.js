// An HTTP server and its client, timers, the thread pool and children of one node. Must be true: every answer is right, no timer comes early, nothing fails.
const { execFile } = require("node:child_process");
const { promisify } = require("node:util");
const { pbkdf2Sync, pbkdf2 } = require("node:crypto");
const fs = require("node:fs/promises");
const http = require("node:http");

function expect(condition, what) {
  if (condition) return;
  console.log("FAIL " + what);
  process.exit(1);
}
process.on("uncaughtException", (error) => expect(false, error.stack));

const get = (port, path) =>
  new Promise((resolve, reject) =>
    http.get({ port, path, host: "127.0.0.1" }, (answer) => {
      let text = "";
      answer.on("data", (more) => (text += more));
      answer.on("end", () => resolve(text));
    }).on("error", reject));

let ended = false;
process.stdin.on("data", () => {}).on("end", () => (ended = true));

const server = http.createServer((request, answer) => answer.end("echo " + request.url));
server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  const key = pbkdf2Sync("secret", "salt", 1000, 32, "sha256").toString("hex");
  console.log("ready");
  let rounds = 0;
  for (; !ended; ++rounds) {
    expect((await get(port, "/" + rounds)) === "echo /" + rounds, "the answer of the server");
    const begin = process.hrtime.bigint();
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(process.hrtime.bigint() - begin >= 900000n, "a timer came early");
    expect((await fs.readFile("/proc/self/comm", "utf8")).length > 0, "a file is empty");
    const made = await promisify(pbkdf2)("secret", "salt", 1000, 32, "sha256");
    expect(made.toString("hex") === key, "a key differs");
    if (rounds % 8 === 0)
      expect((await promisify(execFile)("expr", [String(rounds), "+", "1"])).stdout.trim() === String(rounds + 1), "a child");
  }
  server.close();
  console.log("ok rounds=" + rounds);
});
