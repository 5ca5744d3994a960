import { Room } from "./room.jsx";

export default async function Page({ params }) {
  const { room } = await params;
  return <Room name={room} />;
}
