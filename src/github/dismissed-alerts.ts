/** A dismissed code-scanning alert. */
export interface DismissedAlert {
  readonly number: number
  /** The rule's id, as it was uploaded. */
  readonly rule: string
  /** Without a slash at the end. */
  readonly category: string
  /** Login of who dismissed it, empty where the account is gone. */
  readonly by: string
  /** False for a bot, an app, or an account that is gone. */
  readonly byPerson: boolean
  /** `false positive`, `won't fix`, `used in tests`. */
  readonly reason: string
  /** What somebody wrote about it; may be empty. */
  readonly comment: string
}

/** What is read of GitHub's schema `code-scanning-alert-items`. */
export interface AlertData {
  readonly number: number
  readonly state?: string | null
  readonly dismissed_by: { readonly login: string; readonly type: string } | null
  readonly dismissed_reason: string | null
  readonly dismissed_comment?: string | null
  readonly rule: { readonly id?: string | null }
  readonly tool: { readonly name?: string }
  readonly most_recent_instance: { readonly ref?: string; readonly category?: string }
}

/** The dismissed alerts of one tool on one full ref: what was asked for is checked, as what is dismissed anywhere else counts for nothing. */
export function dismissedAmong(alerts: readonly AlertData[], toolName: string, ref: string): DismissedAlert[] {
  return alerts
    .filter(({ state, tool, most_recent_instance: last }) => {
      return state === 'dismissed' && tool.name === toolName && last.ref === ref
    })
    .map(alertOf)
}

function alertOf(alert: AlertData): DismissedAlert {
  return {
    number: alert.number,
    rule: alert.rule.id ?? '',
    category: (alert.most_recent_instance.category ?? '').replace(/\/+$/, ''),
    by: alert.dismissed_by?.login ?? '',
    byPerson: alert.dismissed_by?.type === 'User',
    reason: alert.dismissed_reason ?? '',
    comment: alert.dismissed_comment ?? ''
  }
}
