/** What each file exports, and who imports it: for the rule that each export has an importer. */
import ts from 'typescript';
import { targetOf } from './graph.ts';
import type { CodeFile } from './sources.ts';

/** The names that a file exports, `default` among them. */
export function exportsOf({ syntax }: CodeFile): readonly string[] {
  return syntax.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
    }
    if (ts.isExportAssignment(statement)) return ['default'];
    if (!ts.canHaveModifiers(statement)) return [];
    const kinds = ts.getModifiers(statement)?.map(({ kind }) => kind) ?? [];
    if (!kinds.includes(ts.SyntaxKind.ExportKeyword)) return [];
    if (kinds.includes(ts.SyntaxKind.DefaultKeyword)) return ['default'];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name));
    }
    const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
      || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return named && statement.name !== undefined ? [statement.name.text] : [];
  });
}

function namesIn(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)));
}

interface Import {
  /** The path of the file that is imported from. */
  readonly from: string;
  /** `*` for all that the file has. */
  readonly name: string;
}

/** What a file imports of ours, name by name: by import, by `export … from`, by `import()` and in JSDoc. */
export function importsOf(file: CodeFile): readonly Import[] {
  const of = (specifier: string, names: readonly string[]): readonly Import[] => {
    const from = targetOf(file.path, specifier);
    return from === undefined ? [] : names.map((name) => ({ from, name }));
  };
  const written = file.syntax.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const { importClause: clause } = statement;
      const bindings = clause?.namedBindings;
      const names = bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? membersOf(file, bindings.name.text)
        : bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
      return of(statement.moduleSpecifier.text, [...names, ...(clause?.name === undefined ? [] : ['default'])]);
    }
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined && ts.isStringLiteral(statement.moduleSpecifier)) {
      const clause = statement.exportClause;
      const names = clause !== undefined && ts.isNamedExports(clause)
        ? clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : ['*'];
      return of(statement.moduleSpecifier.text, names);
    }
    return [];
  });
  // `await import('…')` gives all of it; in JSDoc a name follows: import('…').Name.
  const others = [...file.text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)(?:\.(\w+))?/g)];
  return [...written, ...others.flatMap(([, specifier = '', name = '*']) => of(specifier, [name]))];
}

/** The members of a namespace that a file names: `servers.startRedis`. */
function membersOf({ nodes }: CodeFile, namespace: string): readonly string[] {
  return nodes.flatMap((node) => {
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === namespace) return [node.name.text];
    if (ts.isQualifiedName(node) && node.left.getText() === namespace) return [node.right.text];
    return [];
  });
}
