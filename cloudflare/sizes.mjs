// Prints for each folder how many bytes its Worker has, gzipped as it is uploaded.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

for (const folder of process.argv.slice(2)) {
  const files = ["script.js", "index_bg.wasm"];
  const sizes = files.map((file) => gzipSync(readFileSync(`${folder}/${file}`)).length);
  console.log(sizes.join(" "));
}
