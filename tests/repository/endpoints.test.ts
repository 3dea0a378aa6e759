/** The one list of endpoints against the files: each endpoint that a file makes stands in it, and nothing else does. */
import { expect } from 'chai';
import ts from 'typescript';
import { expectNone } from './findings.ts';
import { targetOf } from './graph.ts';
import type { CodeFile } from './sources.ts';
import { parseCode, readRepository } from './sources.ts';

const LIST = 'packages/api/endpoints.ts';

const code = readRepository().filter(({ path }) => /^packages\/api\/.*\.ts$/.test(path)).map(parseCode).filter(({ isTest }) => !isTest);

/** The names that a file gives to what `endpoint(…)` returns, exported or not. */
function endpointsIn({ nodes }: CodeFile): readonly string[] {
  return nodes.filter(ts.isVariableDeclaration).filter(({ initializer }) =>
    initializer !== undefined && ts.isCallExpression(initializer) && initializer.expression.getText() === 'endpoint')
    .map(({ name }) => name.getText());
}

/** An endpoint by the name of its value, and the file that makes it. */
interface Named { readonly name: string; readonly path: string }

/** The names in the list, in its order, each with the file that it is imported from. */
function listed(): readonly Named[] {
  const list = code.find(({ path }) => path === LIST);
  const array = list?.nodes.filter(ts.isVariableDeclaration).find(({ name }) => name.getText() === 'endpoints')?.initializer;
  if (list === undefined || array === undefined || !ts.isArrayLiteralExpression(array)) throw new Error(`${LIST} has no list`);
  const files = new Map(list.nodes.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    const names = importClause?.namedBindings;
    if (names === undefined || !ts.isNamedImports(names) || !ts.isStringLiteral(moduleSpecifier)) return [];
    const path = targetOf(LIST, moduleSpecifier.text) ?? '';
    return names.elements.map(({ name }) => [name.text, path] as const);
  }));
  return array.elements.map((element) => ({ name: element.getText(), path: files.get(element.getText()) ?? LIST }));
}

describe('the list of endpoints', () => {
  const list = listed();
  const made = code.flatMap((file) => endpointsIn(file).map((name): Named => ({ name, path: file.path })));

  it('was found: the rules below speak of something', () => {
    expect(list.length).to.be.above(30);
    expect(made.length).to.be.above(30);
  });

  it('has each endpoint that a file makes, once, and nothing else', () => {
    const isIn = (all: readonly Named[], one: Named): boolean => all.some(({ name, path }) => name === one.name && path === one.path);
    expectNone([
      ...made.filter((one) => !isIn(list, one)).map(({ name, path }) => `${path} makes ${name}, which is not in ${LIST}`),
      ...list.filter((one) => !isIn(made, one)).map(({ name, path }) => `${LIST} has ${name}, which ${path} does not make`),
      ...list.filter(({ name }, nth) => list.findIndex((other) => other.name === name) < nth).map(({ name }) => `${LIST} has ${name} twice`),
    ]);
  });

  it('leads from an operation id to its file: the id in kebab case, or one of a few that share a file', () => {
    const byFile = Map.groupBy(made, ({ path }) => path);
    const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expectNone([...byFile].filter(([path, [first, ...others]]) =>
      others.length === 0 && !path.endsWith(`/${kebab(first?.name ?? '')}.ts`)).map(([path]) => `${path} has another name than its endpoint`));
  });
});
