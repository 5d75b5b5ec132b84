/** Every rule by the check it belongs to: the table of section 11 of the format, which a test compares with this one. */
export const rulesByCheck = {
  lines: [
    'bundle_empty',
    'bundle_too_large',
    'line_not_ended',
    'line_too_long',
    'line_unexpected',
    'line_shape',
    'utf8_invalid',
    'json_invalid',
    'json_not_canonical',
    'json_duplicate_key',
    'json_lone_surrogate',
    'json_too_deep',
    'findings_truncated',
  ],
  manifest: [
    'manifest_missing',
    'manifest_shape',
    'manifest_version',
    'manifest_scope',
    'manifest_document_missing',
  ],
  entries: [
    'entry_base64',
    'entry_length',
    'entry_magic',
    'entry_version',
    'entry_id',
    'entry_trace',
    'entry_parent',
    'entry_at',
    'entry_phase',
    'entry_decision',
    'entry_sandbox',
    'entry_retention',
    'entry_number',
    'entry_check',
  ],
  order: [
    'index_order',
    'id_duplicate',
    'parent_kind',
    'parent_order',
    'parent_trace',
    'outcome_duplicate',
    'parent_absent',
    'outcome_absent',
  ],
  parts: ['part_unknown', 'part_salt', 'part_commitment', 'part_shape'],
  totals: ['manifest_count', 'manifest_receipts', 'manifest_perf_cost', 'manifest_package_missing'],
  documents: ['document_count', 'document_name', 'document_base64', 'document_bytes', 'document_sha256'],
  export: ['export_missing', 'export_redacted', 'export_operation', 'export_decision', 'export_manifest'],
  proof: ['trailer_missing', 'proof_base64', 'proof_index', 'proof_length', 'proof_root'],
  checkpoint: [
    'checkpoint_form',
    'checkpoint_origin',
    'checkpoint_key',
    'checkpoint_signature',
    'log_key_missing',
    'log_key_form',
  ],
  history: ['history_shape', 'history_order', 'history_proof'],
  saved: [
    'saved_form',
    'saved_key',
    'saved_signature',
    'saved_ahead',
    'saved_differs',
    'saved_fork',
    'saved_unproved',
  ],
  attestations: ['attestation_invalid', 'publisher_key_form'],
} as const

export type Check = keyof typeof rulesByCheck
export type Rule = (typeof rulesByCheck)[Check][number]

const checkByRule = new Map<Rule, Check>()
for (const [check, rules] of Object.entries(rulesByCheck)) {
  // `Object.entries` forgets the key type that `as const` gave.
  for (const rule of rules) checkByRule.set(rule, check as Check)
}

export function checkOf(rule: Rule): Check {
  return checkByRule.get(rule) ?? 'lines'
}
