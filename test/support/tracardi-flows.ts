import { gzipSync } from 'node:zlib';

/** A node as a test writes it: `If {"condition": …}` without the forms and documentation around it. */
export interface DrawnNode {
  readonly id: string;
  readonly className: string;
  readonly name?: string;
  readonly init?: unknown;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** `from:port -> to`. */
export type DrawnEdge = `${string}:${string} -> ${string}`;

const PORTS: Readonly<Record<string, readonly string[]>> = {
  IfAction: ['true', 'false'],
  ProfileSegmentAction: ['true', 'false', 'error'],
  HasSegmentAction: ['True', 'False'],
  PropertyExistsAction: ['true', 'false'],
  LastVisitAction: ['visit', 'error'],
  ConditionSetPlugin: ['result'],
  UpdateProfileAction: [],
  EndAction: [],
};

const STARTS = ['StartSegmentationAction', 'StartAction'];

/** A flow in the shape of Tracardi's export: most of it is for the editor. */
export function aFlow(nodes: readonly DrawnNode[], edges: readonly DrawnEdge[]): Record<string, unknown> {
  return {
    id: 'b3c0a1de-52a7-4f6e-9d3f-0f6a4a1f7c11',
    name: 'Loyalty',
    description: '',
    type: 'segmentation',
    projects: ['General'],
    lock: false,
    deployed: true,
    wf_schema: { version: '0.8.1', uri: 'http://www.tracardi.com/2021/WFSchema', server_version: null },
    timestamp: '2023-08-01T10:11:12.131415',
    flowGraph: { nodes: nodes.map(exported), edges: edges.map(exportedEdge) },
  };
}

export function flowText(nodes: readonly DrawnNode[], edges: readonly DrawnEdge[]): string {
  return JSON.stringify(aFlow(nodes, edges));
}

/** The same as it lies in the flow index. */
export function aFlowRecord(
  flow: Readonly<Record<string, unknown>>,
  packed: 'gzip' | 'plain' = 'gzip',
): Record<string, unknown> {
  const { id, name, type, flowGraph } = flow;
  const json = Buffer.from(JSON.stringify({ type, flowGraph, wf_schema: flow['wf_schema'] }));
  const production = (packed === 'gzip' ? gzipSync(json) : json).toString('base64');
  return { id, name, type, description: '', draft: production, production, backup: '', lock: false };
}

function exported({ id, className, name, init, spec, data }: DrawnNode, index: number) {
  return {
    id,
    type: 'flowNode',
    position: { x: 100 * index, y: 40 * index },
    data: {
      start: STARTS.includes(className),
      debug: false,
      ...data,
      spec: {
        id: `plugin-${className}`,
        className,
        module: `tracardi.process_engine.action.v1.${className.toLowerCase()}`,
        inputs: STARTS.includes(className) ? [] : ['payload'],
        outputs: PORTS[className] ?? ['payload'],
        init: init ?? null,
        microservice: null,
        node: null,
        form: {
          groups: [{ name: 'Settings', fields: [{ id: 'x', component: { type: 'text', props: {} } }] }],
        },
        skip: false,
        block_flow: false,
        run_in_background: false,
        on_error_continue: false,
        on_connection_error_repeat: 1,
        append_input_payload: false,
        join_input_payload: false,
        run_once: { enabled: false, value: '', ttl: 0, type: 'value' },
        manual: null,
        ...spec,
      },
      metadata: {
        name: name ?? className,
        desc: 'What the node is for.',
        icon: 'segment',
        group: ['Segmentation'],
        documentation: { inputs: { payload: { desc: 'Any payload.' } }, outputs: {} },
      },
    },
  };
}

function exportedEdge(edge: DrawnEdge, index: number) {
  const [, source = '', sourceHandle = '', target = ''] = /^(.+):(.+) -> (.+)$/.exec(edge) ?? [];
  return {
    id: `edge-${index}`,
    type: 'default',
    source,
    sourceHandle,
    target,
    targetHandle: 'payload',
    data: { name: '' },
  };
}
