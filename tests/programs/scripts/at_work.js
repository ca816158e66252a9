// Worker threads, children and the thread pool's file system calls.   at_work.js WORKERS CHILDREN FILES
const { Worker, isMainThread, workerData, parentPort } = require("node:worker_threads");
const { execFile } = require("node:child_process");
const { promisify } = require("node:util");
const fs = require("node:fs/promises");

const range = (count) => [...Array(count).keys()];
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const inWorker = (n) =>
  new Promise((resolve, reject) => new Worker(__filename, { workerData: n }).on("message", resolve).on("error", reject));
const inChild = async (n) => Number((await promisify(execFile)("expr", [String(n), "+", "1"])).stdout);
const inFile = async (n) => {
  await fs.writeFile(`file${n}`, "x".repeat(1000 + n));
  return (await fs.readFile(`file${n}`)).length;
};

async function main([workers, children, files]) {
  console.log("workers", sum(await Promise.all(range(workers).map(inWorker))));
  console.log("children", sum(await Promise.all(range(children).map(inChild))));
  console.log("bytes", sum(await Promise.all(range(files).map(inFile))));
}

if (isMainThread) main(process.argv.slice(2).map(Number));
else parentPort.postMessage(workerData * workerData);
