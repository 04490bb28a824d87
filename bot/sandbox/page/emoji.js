// Turn the common :shortcodes: into characters. A name that is not here stays as it was typed.

const TABLE = `
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|octagonal_sign 🛑
no_entry ⛔|no_entry_sign 🚫|warning ⚠️|rotating_light 🚨|construction 🚧|hourglass ⌛|hourglass_flowing_sand ⏳
large_green_circle 🟢|large_yellow_circle 🟡|large_orange_circle 🟠|red_circle 🔴|large_blue_circle 🔵|large_purple_circle 🟣
white_circle ⚪|black_circle ⚫|large_brown_circle 🟤|large_green_square 🟩|large_yellow_square 🟨|large_red_square 🟥
large_blue_square 🟦|large_orange_square 🟧|white_large_square ⬜|black_large_square ⬛|small_blue_diamond 🔹
small_orange_diamond 🔸|large_blue_diamond 🔷|large_orange_diamond 🔶|black_small_square ▪️|white_small_square ▫️
rocket 🚀|ship 🚢|package 📦|tada 🎉|confetti_ball 🎊|sparkles ✨|fire 🔥|zap ⚡|boom 💥|bug 🐛|wrench 🔧|hammer 🔨
hammer_and_wrench 🛠️|gear ⚙️|lock 🔒|unlock 🔓|closed_lock_with_key 🔐|key 🔑|shield 🛡️|mag 🔍|mag_right 🔎|bulb 💡
calendar 📆|date 📅|spiral_calendar_pad 🗓️|clock1 🕐|clock2 🕑|clock3 🕒|clock4 🕓|clock5 🕔|clock6 🕕|clock7 🕖|clock8 🕗
clock9 🕘|clock10 🕙|clock11 🕚|clock12 🕛|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|watch ⌚|bell 🔔|no_bell 🔕
memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄|bookmark_tabs 📑|books 📚|book 📖|link 🔗|paperclip 📎|pushpin 📌
round_pushpin 📍|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|file_folder 📁|inbox_tray 📥
outbox_tray 📤|email 📧|envelope ✉️|speech_balloon 💬|thought_balloon 💭|left_speech_bubble 🗨️|mega 📣|loudspeaker 📢
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_forward ▶️|arrow_backward ◀️|rewind ⏪|fast_forward ⏩
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|arrows_counterclockwise 🔄|repeat 🔁|twisted_rightwards_arrows 🔀
double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️|stop_button ⏹️|play_or_pause_button ⏯️|black_right_pointing_double_triangle_with_vertical_bar ⏭️
heavy_plus_sign ➕|heavy_minus_sign ➖|exclamation ❗|heavy_exclamation_mark ❗|grey_exclamation ❕|question ❓|grey_question ❔
bangbang ‼️|interrobang ⁉️|information_source ℹ️|new 🆕|ok 🆗|up 🆙|cool 🆒|free 🆓|sos 🆘|100 💯|recycle ♻️
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|clap 👏|raised_hands 🙌|pray 🙏|wave 👋|muscle 💪|eyes 👀|point_right 👉
point_left 👈|point_up ☝️|point_up_2 👆|point_down 👇|raised_hand ✋|hand ✋|v ✌️|crossed_fingers 🤞|handshake 🤝|writing_hand ✍️
smile 😄|smiley 😃|grinning 😀|grin 😁|joy 😂|sweat_smile 😅|laughing 😆|blush 😊|slightly_smiling_face 🙂|wink 😉|heart_eyes 😍
thinking_face 🤔|neutral_face 😐|expressionless 😑|unamused 😒|sweat 😓|cry 😢|sob 😭|scream 😱|rage 😡|sunglasses 😎|partying_face 🥳
relieved 😌|sleeping 😴|zzz 💤|nerd_face 🤓|face_with_monocle 🧐|upside_down_face 🙃|hugging_face 🤗|saluting_face 🫡|facepalm 🤦
shrug 🤷|ghost 👻|robot_face 🤖|alien 👽|skull 💀|see_no_evil 🙈|unicorn_face 🦄|crab 🦀|snail 🐌|turtle 🐢|cat 🐱|dog 🐶
heart ❤️|green_heart 💚|blue_heart 💙|yellow_heart 💛|broken_heart 💔|star ⭐|star2 🌟|dizzy 💫|sunny ☀️|cloud ☁️|rain_cloud 🌧️
snowflake ❄️|crescent_moon 🌙|full_moon 🌕|new_moon 🌑|rainbow 🌈|earth_africa 🌍|earth_americas 🌎|earth_asia 🌏|globe_with_meridians 🌐
coffee ☕|beer 🍺|beers 🍻|pizza 🍕|cake 🍰|birthday 🎂|cookie 🍪|doughnut 🍩|apple 🍎|trophy 🏆|medal 🏅|sports_medal 🏅|dart 🎯
checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|waving_white_flag 🏳️|traffic_light 🚦|vertical_traffic_light 🚦
airplane ✈️|airplane_departure 🛫|airplane_arriving 🛬|car 🚗|train 🚆|steam_locomotive 🚂|bus 🚌|anchor ⚓|satellite 📡
computer 💻|desktop_computer 🖥️|keyboard ⌨️|iphone 📱|phone ☎️|telephone_receiver 📞|battery 🔋|electric_plug 🔌|floppy_disk 💾
house 🏠|office 🏢|hospital 🏥|bank 🏦|factory 🏭|busts_in_silhouette 👥|bust_in_silhouette 👤|cop 👮|construction_worker 👷
test_tube 🧪|microscope 🔬|telescope 🔭|thermometer 🌡️|pill 💊|syringe 💉|adhesive_bandage 🩹|seedling 🌱|herb 🌿|four_leaf_clover 🍀
scroll 📜|ticket 🎫|label 🏷️|moneybag 💰|credit_card 💳|gem 💎|gift 🎁|balloon 🎈|scales ⚖️|broom 🧹|wastebasket 🗑️|toolbox 🧰
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣|keycap_ten 🔟|hash #️⃣
`;

const EMOJI = new Map(
  TABLE.trim().split(/[|\n]/).map((pair) => {
    const cut = pair.lastIndexOf(" ");
    return [pair.slice(0, cut), pair.slice(cut + 1)];
  }),
);

/** The character for a shortcode without colons ("+1", "wave::skin-tone-2"), or null. */
export function emojiFor(name) {
  return EMOJI.get(name.split("::")[0]) ?? null;
}

/** The first shortcodes that contain what was typed, those that begin with it first. */
export function emojiLike(typed, most = 8) {
  const names = [...EMOJI.keys()].filter((n) => n.includes(typed));
  return names.sort((a, b) => b.startsWith(typed) - a.startsWith(typed)).slice(0, most);
}
