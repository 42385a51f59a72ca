/** Policies that most people want on their first day, to be turned on one by one. */

export interface StarterPolicy {
  readonly name: string
  readonly title: string
  readonly text: string
}

export const starterPolicies: readonly StarterPolicy[] = [
  {
    name: 'read-only',
    title: 'Read-only servers: only tools that say they change nothing may be called.',
    text: `// A server may say anything of its tools: this holds for servers that you trust to tell the truth.
// For one server alone, write \`resource in Server::"its-slug"\` in place of \`resource\`.
@id("read-only")
@reason("Only tools that are marked as read-only may be called.")
forbid(principal, action == Action::"tools/call", resource)
unless { context.annotations.readOnly };
`,
  },
  {
    name: 'ask-before-destructive',
    title: 'No destructive tool without asking: a person approves each call.',
    text: `// A tool that says nothing of its effects counts as destructive, as MCP has it.
@id("ask-before-destructive")
@reason("This tool may change or delete something.")
@decision("ask")
forbid(principal, action == Action::"tools/call", resource)
when { context.annotations.destructive };
`,
  },
  {
    name: 'no-secrets-in-arguments',
    title: 'Nothing secret in arguments: calls that carry a key, a token or a password are refused.',
    text: `// What is too large to be looked at passes. To refuse that too: context.detections.containsAny(["secret", "unscanned"])
@id("no-secrets-in-arguments")
@reason("The arguments hold what looks like a secret.")
forbid(principal, action, resource)
when { context.detections.contains("secret") };
`,
  },
]
