// Where followers expect a request to end: how many chose each thing, for the picture and in words.

import { placeWords } from "../predict/place.ts";
import { say } from "../words.ts";
import type { RoomState } from "./socket.ts";

/** A thing and how many chose it, the most chosen first. */
export type Votes = [key: string, n: number][];

const lists = new Map<string, Promise<string[]>>();

/** The counts of a question by the keys of things; empty until the presenter, or everybody, may see them. */
export async function votesOf(s: RoomState): Promise<Votes> {
  const counts = s.question?.places ?? [];
  if (!counts.some(n => n > 0) || !s.trace) return [];
  const url = `room/${s.room}/trace/${s.trace}/places.json`;
  let list = lists.get(url);
  if (!list) {
    list = fetch(url).then(answer => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))));
    lists.set(url, list);
  }
  try {
    const keys = await list;
    return counts
      .map((n, i): [string, number] => [keys[i] ?? "", n])
      .filter(([key, n]) => key !== "" && n > 0)
      .sort((a, b) => b[1] - a[1]);
  } catch {
    lists.delete(url); // asked for again with the next state
    return [];
  }
}

/** The most chosen things in words; empty where nobody chose one. */
export function votesWords(votes: Votes, most: number): string {
  if (votes.length === 0) return "";
  return say(
    "room.places",
    votes
      .slice(0, most)
      .map(([key, n]) => say("room.place", placeWords(key), n))
      .join(" · "),
  );
}
