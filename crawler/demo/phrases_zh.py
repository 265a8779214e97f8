"""Chinese templates of comments that describe the music; the slots are those of ``phrases_en``."""

# Instrument, tempo and mood, of a solo or a duo.
FULL = (
    "{tempo}又{mood}的{inst}曲",
    "{inst}，{pace}，听起来很{mood}",
    "{mood}的{inst}旋律，{pace}",
    "这段{inst}{pace}，情绪{mood}",
    "{tempo}的{inst}小品，{mood}而{mood2}",
    "{pace}的{inst}，整首都很{mood}",
    "喜欢这种{mood}的{inst}，{pace}，刚刚好",
    "{inst}的音色{mood}，{pace}，耐听",
    "一首{mood}的{inst}曲子，{pace}，{mode}",
    "{mode}的{inst}，{tempo}，{mood}",
    "{inst}纯音乐，{pace}，旋律{mood}",
    "旋律很{mood}，{inst}演奏得{mood2}，{pace}",
    "只有{inst}，{pace}，却{mood}得很",
    "{inst}，{pace}，{mood}的感觉一下就出来了",
    "{mood}、{mood2}，{pace}，{inst}太合适了",
    "这首是{inst}，{pace}，风格{mood}",
    "{inst}一响就觉得这曲子{mood}，{pace}",
    "大概每分钟{bpm}拍，{tempo}，{inst}很{mood}",
    "听到的是{mood}的{inst}，{pace}",
    "{inst}把这段{tempo}的旋律处理得{mood}又{mood2}",
    "{pace}，{mood}，{inst}，三个词就能概括",
    "短短几秒的{inst}，{tempo}，{mood}",
    "{mood}的主题，{inst}来奏，{pace}",
    "{pace}的曲子，{inst}的声音显得格外{mood}",
    "以{inst}为主，{pace}，曲风{mood}",
    "一段{tempo}、{mood}的{inst}",
)

SOLO = (
    "{inst}独奏，{pace}，{mood}",
    "只靠一件{inst}撑起整首，{tempo}而{mood}",
    "{mood}的{inst}独奏，{pace}",
    "独奏{inst}，{tempo}，{mode}，很{mood}",
    "从头到尾就一件{inst}，{pace}，旋律{mood}",
    "{inst}自己在说话，{mood}，{pace}",
    "这段{inst}独奏{tempo}，{mood}又{mood2}",
    "{tempo}的{inst}独奏，{mode}写成，气质{mood}",
    "没有别的乐器，{inst}独奏，{pace}，情绪很{mood}",
)

DUO = (
    "{lead}和{other}二重奏，{pace}，{mood}",
    "{lead}的旋律{mood}，{other}在下面伴奏，{pace}",
    "{mood}的{lead}，配{other}，{tempo}",
    "{lead}主奏，{other}伴奏，{pace}，听着{mood}",
    "{other}铺底，{lead}奏出{mood}的旋律，{pace}",
    "{lead}遇上{other}，{tempo}，{mood}又{mood2}",
    "{tempo}的二重奏，{lead}加{other}，{mood}",
    "{lead}与{other}一问一答，{mood}，{pace}",
    "{lead}在上，{other}在下，{mode}，{pace}，很{mood}",
    "这首{lead}和{other}的合奏{pace}，曲调{mood}",
    "{other}托着{lead}，旋律{mood}，{pace}",
)

# One or two properties.
PARTIAL = (
    "这{one}太{mood}了",
    "{one}的声音真好听",
    "{mood}的旋律，{pace}",
    "{mode}，{mood}",
    "{one}，{mode}",
    "旋律{mood}又{mood2}",
    "{pace}，听着很舒服",
    "喜欢里面的{one}",
    "{timbre}，一听就爱上了",
    "{timbre}是这首的灵魂",
    "从头到尾都是{texture}，曲调{mood}",
    "{timbre}，配{texture}",
    "每分钟{bpm}拍左右，{mode}",
    "{tempo}的纯音乐，没有人声",
    "主题重复了几遍，最后稳稳落在{mode}主音上",
    "曲风{mood}，{pace}",
    "冲着{one}来的，音色一流",
    "这是{mode}吧，听着好{mood}",
    "{pace}，{mood2}的调子",
    "{one}一出来就很{mood}",
    "没有歌词，只有{inst}",
    "节奏型是{texture}，{pace}",
    "音乐整体{mood}，{mode}的和声",
    "{mood}的{inst}，别无其他",
    "{mood}的小曲，{tempo}",
)

# Written in traditional characters; full ones.
TRADITIONAL = (
    "{tempo}又{mood}的{inst}曲",
    "{inst}的旋律很{mood}，{pace}",
    "好{mood}的{inst}，{pace}，聽了好幾遍",
    "這段{inst}{pace}，情緒{mood}",
    "{mood}的{inst}，{tempo}，錄音也乾淨",
)
