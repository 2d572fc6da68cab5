import { Type } from '@sinclair/typebox'
import type { MailSwitch, Switch as OnOff } from '../../src/protocol/preferences.ts'

export const Switch = (options = {}) => Type.Unsafe<OnOff>({ type: 'string', enum: ['on', 'off'], examples: ['off'], ...options })
export const Mail = (options = {}) => Type.Unsafe<MailSwitch>({ type: 'string', enum: ['on', 'off', 'digest'], examples: ['digest'], ...options })
