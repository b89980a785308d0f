import { count } from '../../shared/count'
import type { JobRow } from '../../shared/jobs'

/** Numbers and times as people read them. */

export function timeLeft(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return ''
  if (seconds < 1) return 'almost done'
  if (seconds < 60) return `${Math.ceil(seconds)} s left`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`
  return `${(seconds / 3600).toFixed(1)} h left`
}

/** What a job is doing now, and for how much longer. */
export function jobState({ state, progress }: Pick<JobRow, 'state' | 'progress'>): string {
  if (state === 'queued') return 'waiting its turn'
  return timeLeft(progress?.secondsLeft) || (progress?.phase ?? 'starting')
}

export function millilitres(ml: number): string {
  if (ml === 0) return '–'
  return `${ml < 10 ? ml.toFixed(1) : Math.round(ml).toLocaleString('en')} mL`
}

/** Spacing as it is written: 0.74 × 0.74 × 2.5 mm. */
export function spacingText(spacing: readonly number[]): string {
  return `${spacing.map((mm) => Number(mm.toFixed(2))).join(' × ')} mm`
}

export function dimsText(dims: readonly number[]): string {
  return dims.join(' × ')
}

/** 'just now', '5 min ago', '3 h ago', '2 days ago', then the date. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000
  if (!Number.isFinite(seconds)) return iso
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 7 * 86400) return `${count(Math.floor(seconds / 86400), 'day')} ago`
  return iso.slice(0, 10)
}

/** '17:05' today, with the seconds where asked for; '2026-11-20 17:05' on other days; empty where there is no time. */
export function clock(iso: string, seconds = false, now = new Date()): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const two = (n: number): string => String(n).padStart(2, '0')
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return seconds ? `${time}:${two(at.getSeconds())}` : time
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

/** '0 B', '640 B', '12 kB', '3.4 MB', '1.2 GB'. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(3)
}
