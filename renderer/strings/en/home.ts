/** The first screen. */
export const home = {
  title: 'Home',
  agentsCall: 'Agents call',
  address: 'the gateway’s address',
  needsYou: 'Needs you',
  nothing: 'Nothing needs you.',
  denials: 'Recent denials and failures',
  noDenials: 'None.',
  hops: 'Servers',
  showAll: 'All servers',
  checklist: {
    title: 'Getting started',
    server: 'Add a server',
    key: 'Give an agent a key',
    call: 'Make the first call',
    done: 'done',
    open: 'to do',
    dismiss: 'Hide this list',
  },
  exchange: '{{time}}: {{agent}} to {{server}}, {{what}}',
  unknownAgent: 'unknown caller',
  unknownServer: 'unknown server',
} as const
