/** As much of kustomize as deploy/k8s uses: resources, a namespace, images, and patches that are merged by name. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const imageSchema = z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() });
/** Strict, so that what this renderer does not know is an error and not left out. */
const kustomizationSchema = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  namespace: z.string().optional(),
  resources: z.array(z.string()),
  images: z.array(imageSchema).default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
});
const objectSchema = z.looseObject({
  apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

export type KubernetesObject = z.output<typeof objectSchema>;

function documents(path: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join('; ')}`);
    return document.toJS();
  });
}

/** The objects of a folder with a kustomization.yaml. @throws what is wrong with it, naming the file */
export function render(folder: string): readonly KubernetesObject[] {
  const [found] = documents(join(folder, 'kustomization.yaml'));
  const { resources, patches, images, namespace } = kustomizationSchema.parse(found);
  let objects = resources.flatMap((resource) => {
    const path = join(folder, resource);
    return statSync(path).isDirectory() ? render(path) : documents(path).map((document) => objectSchema.parse(document));
  });
  for (const { path } of patches) {
    for (const patch of documents(join(folder, path)).map((document) => objectSchema.parse(document))) {
      const isTarget = (object: KubernetesObject): boolean => object.kind === patch.kind && object.metadata.name === patch.metadata.name;
      if (!objects.some(isTarget)) throw new Error(`${path} patches ${patch.kind} ${patch.metadata.name}, which is not there`);
      objects = objects.map((object) => (isTarget(object) ? objectSchema.parse(merge(object, patch)) : object));
    }
  }
  return objects.map((object) => objectSchema.parse(withImages({
    ...object, metadata: { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) },
  }, images)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) {
    const named = [...base, ...patch].every((item) => isObject(item) && typeof item['name'] === 'string');
    if (!named) return patch;
    const rest = patch.filter((item) => !base.some((other) => other.name === item.name));
    return [...base.map((item) => merge(item, patch.find((other) => other.name === item.name) ?? {})), ...rest];
  }
  if (!isObject(base) || !isObject(patch)) return patch;
  return { ...base, ...Object.fromEntries(Object.entries(patch).map(([key, value]) =>
    [key, Object.hasOwn(base, key) ? merge(base[key], value) : value])) };
}

function withImages(value: unknown, images: readonly z.output<typeof imageSchema>[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withImages(item, images));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => {
    const image = key === 'image' ? images.find(({ name }) => name === item) : undefined;
    return [key, image === undefined ? withImages(item, images) : `${image.newName}:${image.newTag}`];
  }));
}
