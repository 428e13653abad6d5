import { html, parse, type Token, type TreeAdapter, type TreeAdapterTypeMap } from 'parse5';
import type { PageNode } from './page-tables.ts';

/** Tens of thousands of cells have none. */
const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});
const NO_CHILDREN: readonly Node[] = Object.freeze([]);

/** Holds what is looked at of an element, and what the parser needs; a cell of a table is one of these and one text. */
class Parent implements PageNode {
  readonly type: 'tag' | 'root';
  readonly name: string;
  readonly space: html.NS;
  attribs: Readonly<Record<string, string>>;
  children: readonly Node[] = NO_CHILDREN;
  parent: Parent | null = null;
  constructor(type: 'tag' | 'root', name: string, space: html.NS, attribs: Readonly<Record<string, string>>) {
    this.type = type;
    this.name = name;
    this.space = space;
    this.attribs = attribs;
  }
}

class Document extends Parent {
  mode: html.DOCUMENT_MODE = html.DOCUMENT_MODE.NO_QUIRKS;
  constructor() {
    super('root', 'root', html.NS.HTML, NO_ATTRIBUTES);
  }
}

class Leaf implements PageNode {
  readonly type: 'text' | 'comment';
  data: string;
  parent: Parent | null = null;
  constructor(type: 'text' | 'comment', data: string) {
    this.type = type;
    this.data = data;
  }
}

type Node = Parent | Leaf;
type Map = TreeAdapterTypeMap<Node, Parent, Node, Document, Parent, Parent, Leaf, Leaf, Parent, Leaf>;

function attributesOf(list: readonly Token.Attribute[]): Readonly<Record<string, string>> {
  if (list.length === 0) return NO_ATTRIBUTES;
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

function insert(parent: Parent, node: Node, at: number): void {
  node.parent = parent;
  // The first child in a list of just its size: an array that grows takes room for seventeen.
  if (parent.children.length === 0) parent.children = [node];
  else if (at === parent.children.length) (parent.children as Node[]).push(node);
  else (parent.children as Node[]).splice(at, 0, node);
}

function write(parent: Parent, text: string, at: number): void {
  const before = parent.children[at - 1];
  if (before?.type === 'text') before.data += text;
  else insert(parent, new Leaf('text', text), at);
}

const adapter: TreeAdapter<Map> = {
  createDocument: () => new Document(),
  createDocumentFragment: () => new Parent('root', 'root', html.NS.HTML, NO_ATTRIBUTES),
  createElement: (name, space, list) => new Parent('tag', name, space, attributesOf(list)),
  createCommentNode: (data) => new Leaf('comment', data),
  createTextNode: (data) => new Leaf('text', data),
  appendChild: (parent, node) => insert(parent, node, parent.children.length),
  insertBefore: (parent, node, reference) => insert(parent, node, parent.children.indexOf(reference)),
  insertText: (parent, text) => write(parent, text, parent.children.length),
  insertTextBefore: (parent, text, reference) => write(parent, text, parent.children.indexOf(reference)),
  setTemplateContent: (template, content) => insert(template, content, template.children.length),
  getTemplateContent: (template) => template.children[0] as Parent,
  // Whoever reads tables does not ask.
  setDocumentType: () => {},
  setDocumentMode(document, mode) {
    document.mode = mode;
  },
  getDocumentMode: ({ mode }) => mode,
  detachNode(node) {
    if (node.parent) node.parent.children = node.parent.children.filter((other) => other !== node);
    node.parent = null;
  },
  adoptAttributes(element, list) {
    element.attribs = { ...attributesOf(list), ...element.attribs };
  },
  getFirstChild: ({ children }) => children[0] ?? null,
  getChildNodes: ({ children }) => children as Node[],
  getParentNode: ({ parent }) => parent,
  getAttrList: ({ attribs }) => Object.entries(attribs).map(([name, value]) => ({ name, value })),
  getTagName: ({ name }) => name,
  getNamespaceURI: ({ space }) => space,
  getTextNodeContent: ({ data }) => data,
  getCommentNodeContent: ({ data }) => data,
  getDocumentTypeNodeName: () => '',
  getDocumentTypeNodePublicId: () => '',
  getDocumentTypeNodeSystemId: () => '',
  isTextNode: (node): node is Leaf => node.type === 'text',
  isCommentNode: (node): node is Leaf => node.type === 'comment',
  isDocumentTypeNode: (_node): _node is Leaf => false,
  isElementNode: (node): node is Parent => node.type === 'tag',
  setNodeSourceCodeLocation: () => {},
  getNodeSourceCodeLocation: () => null,
  updateNodeSourceCodeLocation: () => {},
};

/** A page as the HTML standard has it read, in a tree that holds little beside names, attributes and texts. */
export function parsePage(text: string): PageNode {
  return parse<Map>(text, { treeAdapter: adapter });
}
