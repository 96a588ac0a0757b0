// Holds Kubernetes objects against the API's schemas and those of operators, as the packages of package.json have them.
//
//   node check.mjs MODULES <objects.json      MODULES: the node_modules folder they are in
//
// Prints a list with an entry for each object: what is wrong with it, or null if no package has its kind.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const PACKAGES = {
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "gateway.envoyproxy.io": "@kubernetes-models/envoy-gateway",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg",
};

async function modelOf(modules, { apiVersion, kind }) {
  const name = PACKAGES[apiVersion.split("/")[0]] ?? "kubernetes-models";
  const file = path.join(modules, name, apiVersion, `${kind}.js`);
  return fs.existsSync(file) ? (await import(pathToFileURL(file)))[kind] : null;
}

// The schemas are compiled to functions that read the fields they know, and pass over others. So `value` is wrapped, and
// it is kept book of what is read: an object of which fields were asked for by name, and which was never listed as a map is,
// may have no others.
function watch(value, place, objects) {
  if (value === null || typeof value !== "object") return value;
  const book = { value, place, read: new Set(), listed: false };
  if (!Array.isArray(value)) objects.push(book);
  const inner = new Map();
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== "string") return Reflect.get(target, key);
      book.read.add(key);
      if (!inner.has(key)) inner.set(key, watch(Reflect.get(target, key), `${place}/${key}`, objects));
      return inner.get(key);
    },
    ownKeys(target) {
      book.listed = true;
      return Reflect.ownKeys(target);
    },
  });
}

function unknownFields({ value, place, read, listed }) {
  if (listed || read.size === 0) return [];
  return Object.keys(value).filter((key) => !read.has(key)).map((key) => `unknown field ${place}/${key}`);
}

async function problemsOf(modules, object) {
  const Model = await modelOf(modules, object);
  if (Model === null) return null;
  const objects = [];
  try {
    Model.prototype.validate.call(watch(object, "", objects));
  } catch (error) {
    return [error.message];
  }
  return objects.flatMap(unknownFields).filter((problem) => !/^unknown field \/(apiVersion|kind)$/.test(problem));
}

const modules = path.resolve(process.argv[2]);
const answers = [];
for (const object of JSON.parse(fs.readFileSync(0, "utf8"))) answers.push(await problemsOf(modules, object));
console.log(JSON.stringify(answers));
