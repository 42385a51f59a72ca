/** What a colour means. It never says alone what a word or a shape does not say too. */
export type Tone = 'neutral' | 'accent' | 'allow' | 'deny' | 'open' | 'pending'

export const toneText: Readonly<Record<Tone, string>> = {
  neutral: 'text-fg-2',
  accent: 'text-accent',
  allow: 'text-allow',
  deny: 'text-deny',
  open: 'text-open',
  pending: 'text-pending',
}

export const toneSurface: Readonly<Record<Tone, string>> = {
  neutral: 'bg-hover text-fg-2',
  accent: 'bg-selected text-accent',
  allow: 'bg-tint-allow text-allow',
  deny: 'bg-tint-deny text-deny',
  open: 'bg-tint-open text-open',
  pending: 'bg-tint-pending text-pending',
}

export const toneEdge: Readonly<Record<Tone, string>> = {
  neutral: 'border-l-line-strong',
  accent: 'border-l-accent',
  allow: 'border-l-allow',
  deny: 'border-l-deny',
  open: 'border-l-open',
  pending: 'border-l-pending',
}
